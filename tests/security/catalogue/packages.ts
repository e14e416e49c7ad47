import type { Entry } from "./catalogue.ts";

const REFRESH = "src/packages/repository/refresh_test";
const HOSTILE = "tests/rpm/hostile_package_test";
const TRANSACTION = "tests/rpm/transaction_test";
const CERTIFIED = "tests/rpm/certified_packages_test";
const SCRIPT = "tests/rpm/script_test";
const SCRIPT_ATTACK = "tests/rpm/script_attack_test";

/** H packages and repositories, I updates and verification. */
export const PACKAGES: readonly Entry[] = [
  {
    id: "H01",
    attack: "names of files in a package that leave the node",
    defence: "every path is looked at before anything is unpacked; librpm has the staged root as its own",
    tests: [[HOSTILE, "paths that are not what they seem to be"], [HOSTILE, "what decides about the node"]],
    result: "held",
  },
  {
    id: "H02",
    attack: "a link of one package leads files of the next astray",
    defence:
      "links lead within the staged root, and only to what was staged; what decides about the node is refused at the end as well",
    tests: [[HOSTILE, "a link of one package, and a file of another one behind it"]],
    result: "held",
  },
  {
    id: "H03",
    attack: "set-user-ID files, file capabilities and devices in a package",
    defence: "refused, unless the caller allows each kind; launches mount nosuid and nodev anyway",
    tests: [[HOSTILE, "privileges that nobody has allowed"], [
      TRANSACTION,
      "programs with privileges come only where they are allowed",
    ]],
    result: "held",
  },
  {
    id: "H04",
    attack: "scripts of a package run as root of the host",
    defence:
      "librpm runs none; each is run in the node's sandbox, with a limit of time, and can write to the staged content only",
    tests: [
      [TRANSACTION, "scripts are never left out in silence"],
      [SCRIPT, "a script that does not end is killed, with everything that it has started, and nothing is changed"],
      [SCRIPT_ATTACK, "a script is confined as the node is, and writes nowhere but to what becomes the node's content"],
      [SCRIPT_ATTACK, "what gives rights to whoever starts it is not made by a script"],
      [SCRIPT_ATTACK, "a script that puts links in the place of what redpak works on leads nobody astray"],
    ],
    result: "held",
  },
  {
    id: "H05",
    attack: "triggers of a node run for files of another",
    defence: "triggers are those of the node's own database and packages, and run in its sandbox",
    tests: [[SCRIPT_ATTACK, "triggers of a node are not set off by another, nor do they reach it"]],
    result: "held",
  },
  {
    id: "H06",
    attack: "headers that claim to be huge",
    defence: "librpm refuses them; lists that do not fit together are refused as well",
    tests: [[HOSTILE, "headers of sizes that they have not"], [HOSTILE, "lists that do not fit together"]],
    result: "held",
  },
  {
    id: "H07",
    attack: "a small package with a huge payload",
    defence:
      "what the header says has to fit on the disk; a payload that is not that is an error, and nothing of it stays",
    tests: [[HOSTILE, "a size that no disk has"], [HOSTILE, "a payload that is not what the header says"]],
    result: "held",
  },
  {
    id: "H08",
    attack: "more files, or deeper, than there is room for",
    defence: "a million files, paths of 4096 bytes, a block of the disk for each file",
    tests: [["src/packages/transaction/check_content_test", "a package has no more files"], [
      HOSTILE,
      "a path that is too long",
    ]],
    result: "held",
  },
  {
    id: "H09",
    attack: "signatures that are missing, weak, expired or of part of the file",
    defence: "a signature of SHA-2 and a key that counts for this very package, and digests of header and payload",
    tests: [[TRANSACTION, "a package has to be signed with a key that counts for it"], [
      TRANSACTION,
      "a signature that anybody could have made",
    ]],
    result: "held",
  },
  {
    id: "H10",
    attack: "a package is exchanged between check and installation",
    defence: "it is copied to where nobody else can write, and everything is done with the copy",
    tests: [[HOSTILE, "a package that is exchanged while it is installed"]],
    result: "held",
  },
  {
    id: "H11",
    attack: "signed sizes that overflow",
    defence: "sizes have 64 bits, and are compared with what is free",
    tests: [[HOSTILE, "a size that no disk has"]],
    result: "held",
  },
  {
    id: "H12",
    attack: "entities in the XML of a repository",
    defence: "a document type is refused, in whatever is packed too, and so is every encoding but UTF-8",
    tests: [[REFRESH, "repomd.xml with entities"], ["src/packages/repository/xml_test", "refused:"]],
    result: "held",
  },
  {
    id: "H13",
    attack: "metadata that unpacks to too much",
    defence: "it is unpacked once, piece by piece, up to what it says it is, before anything reads it",
    tests: [[REFRESH, "metadata that unpacks to more than it says"]],
    result: "held",
  },
  {
    id: "H14",
    attack: "locations that leave the cache",
    defence: "a location is a path below the repository; names in the cache are checksums; no link in it is followed",
    tests: [
      ["src/packages/repository/repomd_test", "no location leads out of its repository"],
      [REFRESH, "a location above the repository"],
      ["src/packages/download/fetch_file_test", "in the place of a partial file is not written to"],
    ],
    result: "held",
  },
  {
    id: "H15",
    attack: "an old, signed state of a repository",
    defence: "the newest state that was accepted is remembered, apart from the cache; --allow-downgrade is asked for",
    tests: [[REFRESH, "[H15] an older state is refused"]],
    result: "in part",
    because:
      "a state that stays the same for ever is not noticed: repomd.xml has a time, but no day until which it holds, and many repositories never change",
  },
  {
    id: "H16",
    attack: "files of different repositories, mixed",
    defence: "checksums lead from repomd.xml to every file; a file has no name before it has been found to be that",
    tests: [
      [REFRESH, "metadata of another repository"],
      ["src/packages/download/fetch_file_test", "is refused, and nothing gets a name"],
    ],
    result: "held",
  },
  {
    id: "H17",
    attack: "a child's repository replaces packages of a parent",
    defence: "packages of ancestors are locked for the solver; what librpm would do beside that is refused",
    tests: [["tests/rpm/change_test", "children have versions of a library of their own"], [
      "tests/solver/cases_test",
      "there are cases",
    ]],
    result: "held",
  },
  {
    id: "H18",
    attack: "a child installs a file of an ancestor's",
    defence: "files are compared with those of ancestors and descendants before anything is written",
    tests: [[TRANSACTION, "a file of an ancestor or a descendant"]],
    result: "held",
  },
  {
    id: "H19",
    attack: "macros run commands",
    defence: "those that matter are set above all others; the configuration of whoever calls is not looked for",
    tests: [[TRANSACTION, "what somebody has configured for rpm at home"]],
    result: "held",
  },
  {
    id: "H20",
    attack: "the program changes its own package database",
    defence: "templates show it read-only",
    tests: [[TRANSACTION, "rpm in a node that was made from a template"]],
    result: "held",
  },
  {
    id: "H21",
    attack: "a hard link keeps a set-user-ID file over an update",
    defence:
      "none come without being allowed; in a node, no file gives any, for launches mount all of them nosuid; what a former generation has under usr loses its bits and capabilities when it is freed, by whatever name",
    tests: [
      [HOSTILE, "privileges that nobody has allowed"],
      [TRANSACTION, "a hard link to a program with privileges gives nobody any in a node"],
    ],
    result: "in part",
    because:
      "beside nodes it counts as long as undo can bring the file back, for two transactions, and outside of usr for good, where it can be another name of a file that is still there; who may link files of others is the kernel's matter (protected_hardlinks)",
  },
  {
    id: "H22",
    attack: "users and groups in a header mean those of the host",
    defence:
      "names are looked up in the node and the nodes that it is in, never on the host; whom nobody knows is refused; no package makes another root",
    tests: [
      [TRANSACTION, "a file's owner is whom the node"],
      [TRANSACTION, "a file of somebody whom nobody knows"],
      ["tests/rpm/sysusers_test", "a package that would make another root is refused, and nothing is made"],
    ],
    result: "held",
  },
  {
    id: "H23",
    attack: "two installations at once in one tree",
    defence: "one writer for a node, whose ancestors stay as they are meanwhile",
    tests: [["tests/rpm/change_test", "a node has one writer"]],
    result: "held",
  },
  {
    id: "H24",
    attack: "versions that are ordered differently by different programs",
    defence: "libsolv and librpm are compared",
    tests: [["tests/rpm/versions_test", "libsolv and librpm put all versions into the same order"]],
    result: "held",
  },
  {
    id: "I01",
    attack: "a configuration changes between check and launch",
    defence: "a launch checks by itself what it launches, from the same reading",
    tests: [["tests/system/russian_doll_test", "refuses a node that loosens"]],
    result: "held",
  },
  {
    id: "I02",
    attack: "what checks and what launches understand a plan differently",
    defence: "one module plans; the stage reads one binary form and refuses all else",
    tests: [["src/plan/binary_format_test", "a plan has one binary form"], [
      "tests/system/malformed_plan_test",
      "a plan that ends anywhere too early",
    ]],
    result: "held",
  },
  {
    id: "I03",
    attack: "a node goes back to a vulnerable state",
    defence:
      "undo is for whoever may change the node, and history shows it; where the host policy demands a certificate, only the certified state is launched",
    tests: [
      [
        "tests/system/history_test",
        "a history lists the transactions, and undo takes the last one back, again and again",
      ],
      [CERTIFIED, "[I03] a node that went back"],
    ],
    result: "in part",
    because: "a whole disk that goes back takes its certificate along: that takes a counter outside of it (TPM, RPMB)",
  },
  {
    id: "I04",
    attack: "a launch while an update is half done",
    defence: "what is mounted is all of before or all of after; a switch that was stopped is finished first",
    tests: [["tests/system/switch_test", "a launch finishes a switch that was stopped"], [
      "tests/rpm/transaction_fault_test",
      "a command that is killed, or fails",
    ]],
    result: "held",
  },
  {
    id: "I05",
    attack: "databases of nodes disagree",
    defence:
      "there is none of several nodes: each is read where it is, with those of its ancestors, and what they lack or have twice is found",
    tests: [
      ["tests/rpm/verify_test", "packages of a family are proven, and what they lack or have twice is found"],
      ["tests/rpm/change_test", "undo takes nothing from a child that it needs"],
      ["tests/solver/cases_test", "there are cases"],
    ],
    result: "held",
  },
  {
    id: "I06",
    attack: "an image is changed offline",
    defence:
      "redpak verify compares every file of a package with the database of packages, and a signed certificate has the digests of databases and configurations",
    tests: [
      ["tests/rpm/verify_test", "a file that was changed, added or given privileges"],
      ["tests/rpm/certificate_test", "changed bytes is noticed"],
      [CERTIFIED, "[I06] a file that is changed offline"],
    ],
    result: "held",
  },
  {
    id: "I07",
    attack: "a lock file that is a link, or stale",
    defence: "locks are of open files, opened without links",
    tests: [["src/store/lock_node_test", "a lock leaves nothing behind"]],
    result: "held",
  },
  {
    id: "I08",
    attack: "the supply chain of the launcher",
    defence: "a frozen lock file; no code is loaded or fetched at run time",
    tests: [["tests/system/narrow_test", "only what downloads can reach the network"], [
      "tests/system/binary_test",
      "files of Deno, Node and npm in the current directory change nothing",
    ]],
    result: "in part",
    because: "builds are not compared for being the same, byte for byte",
  },
  {
    id: "I09",
    attack: "a trail of what happened is cut or changed",
    defence: "none",
    tests: [],
    result: "outside",
    because:
      "redpak keeps no log: what starts nodes does (the journal, the kernel's audit), and one that its owner cannot cut is " +
      "kept by another machine; history is for who changes packages",
  },
  {
    id: "I10",
    attack: "the clock is set back",
    defence: "for keys that expire, it is never earlier than the newest state of the repository that was accepted",
    tests: [["ffi/librpm/openpgp_test", "of a key that has expired"], [REFRESH, "[I10] a clock that is set back"]],
    result: "in part",
    because: "for signatures of metadata, and not for those of packages",
  },
  {
    id: "I11",
    attack: "errors and temporary files leak secrets",
    defence: "no secrets in arguments or reports; nothing is left behind",
    tests: [["tests/system/doctor_test", "a report has no secret"], [
      "tests/system/leak_test",
      "launches that fail half way",
    ]],
    result: "held",
  },
  {
    id: "I12",
    attack: "a plan is made that the kernel of the machine cannot carry out",
    defence: "what is asked for and cannot be had stops the launch; doctor says what is missing",
    tests: [["tests/system/seccomp_test", "without filters in the kernel"], [
      "tests/system/doctor_test",
      "what is wrong comes with",
    ]],
    result: "held",
  },
];
