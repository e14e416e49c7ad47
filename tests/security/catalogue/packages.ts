import type { Entry } from "./catalogue.ts";

const later = (because: string) => (id: string, attack: string): Entry => ({
  id,
  attack,
  defence: "none",
  result: "not yet",
  because,
});
const packages = later("redpak installs no packages itself");
const REFRESH = "src/packages/repository/refresh_test";
const updates = later("redpak keeps no generations of a node");

/** H packages and repositories, I updates and verification. */
export const PACKAGES: readonly Entry[] = [
  packages("H01", "names of files in a package that leave the node"),
  packages("H02", "a link of one package leads files of the next astray"),
  packages("H03", "set-user-ID files, file capabilities and devices in a package"),
  packages("H04", "scripts of a package run as root of the host"),
  packages("H05", "triggers of a node run for files of another"),
  packages("H06", "headers that claim to be huge"),
  packages("H07", "a small package with a huge payload"),
  packages("H08", "more files, or deeper, than there is room for"),
  packages("H09", "signatures that are missing, weak, expired or of part of the file"),
  packages("H10", "a package is exchanged between check and installation"),
  packages("H11", "signed sizes that overflow"),
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
    because: "a state that stays the same for ever is not noticed",
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
  packages("H17", "a child's repository replaces packages of a parent"),
  packages("H18", "a child installs a file of an ancestor's"),
  packages("H19", "macros run commands"),
  packages("H20", "the program changes its own package database"),
  packages("H21", "a hard link keeps a set-user-ID file over an update"),
  packages("H22", "users and groups in a header mean those of the host"),
  packages("H23", "two installations at once in one tree"),
  packages("H24", "versions that are ordered differently by different programs"),
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
  updates("I03", "a node goes back to a vulnerable state"),
  updates("I04", "a launch while an update is half done"),
  updates("I05", "databases of nodes disagree"),
  updates("I06", "an image is changed offline"),
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
  later("there is no audit trail")("I09", "a trail of what happened is cut or changed"),
  {
    id: "I10",
    attack: "the clock is set back",
    defence: "for keys that expire, it is never earlier than the newest state of the repository that was accepted",
    tests: [["ffi/librpm/openpgp_test", "of a key that has expired"], [REFRESH, "[I10] a clock that is set back"]],
    result: "in part",
    because: "for signatures of metadata only; redpak installs no packages itself",
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
