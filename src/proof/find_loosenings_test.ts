import { deepEqual, match, throws } from "node:assert/strict";
import { FACTS, makeFamily, type NodeFixture } from "../config/_fixtures.ts";
import type { DeviceAccess } from "../config/device.ts";
import type { CommandOutputs } from "../config/facts.ts";
import type { Config, Export } from "../config/schema.ts";
import type { Problem } from "../core/error.ts";
import { CAPABILITIES } from "../plan/operation.ts";
import { findLoosenings } from "./find_loosenings.ts";

type Files = Omit<Config, "headers">;
type Keys = NonNullable<Config["config"]>;

const OPTIONS = { admin: false, facts: FACTS };

/** `at` is `file:line:column` of the child's value. */
function short(problems: readonly Problem[]): string[][] {
  return problems.map(({ code, message, where, hints = [] }) => [
    code,
    message,
    `${where?.file}:${where?.line}:${where?.column}`,
    ...hints,
  ]);
}

function find(child: Files, parent: Files, options: { uid?: number; outputs?: CommandOutputs } = {}): string[][] {
  const family = makeFamily({ path: "/p/c", normal: child }, { path: "/p", normal: parent });
  const { uid = FACTS.uid, outputs } = options;
  return short(findLoosenings(family, {
    admin: false,
    facts: { ...FACTS, uid, gid: uid === 0 ? 0 : FACTS.gid },
    ...outputs === undefined ? {} : { outputs },
  }));
}

const keys = (child: Keys, parent: Keys, options = {}) => find({ config: child }, { config: parent }, options);
const exported = (child: readonly Export[], parent: readonly Export[], options = {}) =>
  find({ exports: [...child] }, { exports: [...parent] }, options);
const drop = (cap: string) => ({ cap, add: false });
const add = (cap: string) => ({ cap, add: true });

const PARENT = "/p/etc/redpak.yaml";
const CHILD = "/p/c/etc/redpak.yaml";

Deno.test("share_all of a child is resolved before it is compared", () => {
  const looser = ["cgroup", "pid", "net"];
  deepEqual(
    keys({ share_all: "enabled" }, { share_ipc: "disabled", share_user: "enabled" }),
    looser.map((name) => [
      "E_LOOSENED_NAMESPACE",
      `Cannot share the ${name} namespace: kept separate by ${PARENT}:1:2`,
      `${CHILD}:1:2`,
      `share_${name} can be disabled here`,
    ]),
  );
});

Deno.test("a key of a child does not evade share_all of its parent", () => {
  deepEqual(keys({ share_net: "enabled" }, { share_all: "disabled" }), [[
    "E_LOOSENED_NAMESPACE",
    `Cannot share the net namespace: kept separate by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    "share_net can be disabled here",
  ]]);
});

Deno.test("what a parent joins, a child joins or keeps for itself", () => {
  const parent: Keys = { share_net: { join: "/ns/a" } };
  deepEqual(keys({ share_net: { join: "/ns/a" } }, parent), []);
  deepEqual(keys({ share_net: { join: "/ns/b" } }, { share_net: "enabled" }), []);
  deepEqual(keys({ share_net: { join: "/ns/b" } }, parent), [[
    "E_LOOSENED_NAMESPACE",
    `Cannot join the net namespace "/ns/b": "/ns/a" is joined by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    'share_net can be disabled or "/ns/a" here',
  ]]);
  deepEqual(keys({ share_net: "enabled" }, parent).map(([, message]) => message), [
    `Cannot share the net namespace: "/ns/a" is joined by ${PARENT}:1:2`,
  ]);
});

Deno.test("time is shared unless somebody says otherwise", () => {
  deepEqual(keys({ share_time: "enabled" }, {}), []);
  deepEqual(keys({ share_time: "enabled" }, { share_time: { join: "/ns/t" } }).length, 1);
});

Deno.test("capabilities are compared as sets, whatever the spelling and ALL", () => {
  deepEqual(keys({ capabilities: [add("cap_kill")] }, { capabilities: [drop("ALL")] }), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add capability "CAP_KILL": not granted by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "no capability can be added here",
  ]]);
  deepEqual(keys({ capabilities: [add("CAP_KILL")] }, { capabilities: [add("ALL")] }), []);
  deepEqual(keys({ capabilities: [add("ALL")] }, { capabilities: CAPABILITIES.map(add) }), []);
  deepEqual(keys({ capabilities: [add("KILL")] }, { capabilities: [drop("CAP_KILL"), add("CHOWN")] }), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add capability "CAP_KILL": not granted by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "CAP_CHOWN can be added here",
  ]]);
});

Deno.test("capabilities that nobody mentions are not granted", () => {
  deepEqual(keys({ capabilities: [drop("X"), add("ALL")] }, {}), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add ALL capabilities: CAP_CHOWN and ${CAPABILITIES.length - 1} others are not granted by ${PARENT}:1:2`,
    `${CHILD}:2:3`,
    "no capability can be added here",
  ]]);
});

Deno.test("a child adds all but what its parent drops one by one", () => {
  deepEqual(
    keys({ capabilities: [add("ALL"), drop("CAP_BPF")] }, { capabilities: [add("ALL"), drop("BPF"), drop("KILL")] }),
    [],
    "the parent's own drop of CAP_KILL is inherited",
  );
  deepEqual(
    keys({ capabilities: [add("CAP_BPF")] }, { capabilities: [add("ALL"), drop("BPF"), drop("KILL")] })[0]?.slice(1),
    [
      `Cannot add capability "CAP_BPF": not granted by ${PARENT}:2:3`,
      `${CHILD}:1:3`,
      "all but CAP_KILL, CAP_BPF can be added here",
    ],
  );
});

const OUTSIDE = 'what lies in "/p/c" or is exported by the parent can be exported here';

Deno.test("a child exports of the host what its parent exports, nothing else", () => {
  const parent: Export[] = [{ mode: "Restricted", mount: "/lib", path: "/usr/lib" }];
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/usr/lib/./gcc/" }], parent), []);
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/usr/lib/../bin" }], parent), [[
    "E_LOOSENED_EXPORT",
    `Cannot export "/usr/bin": not exported by ${PARENT}:1:1`,
    `${CHILD}:1:2`,
    OUTSIDE,
  ]]);
  deepEqual(
    exported([{ mode: "Restricted", mount: "/usr" }], parent)[0]?.[1],
    `Cannot export "/usr": not exported by ${PARENT}:1:1`,
  );
  deepEqual(exported([{ mode: "Restricted", mount: "/lib", path: "/usr/libexec" }], parent).length, 1);
});

Deno.test("read-only stays read-only, whatever the mount point and mode", () => {
  for (const mode of ["Public", "Private", "PublicFile", "PrivateFile"] as const) {
    for (const mount of ["/usr", "/x"]) {
      deepEqual(exported([{ mode, mount, path: "/usr" }], [{ mode: "Restricted", mount: "/usr" }]), [[
        "E_LOOSENED_EXPORT",
        `Cannot export "/usr" for writing: read-only by ${PARENT}:1:2`,
        `${CHILD}:1:2`,
        `mode ${mode.endsWith("File") ? "RestrictedFile" : "Restricted"} can be used here`,
      ]]);
    }
  }
  for (const mode of ["Restricted", "PrivateRestricted", "RestrictedFile", "Public"] as const) {
    deepEqual(exported([{ mode, mount: "/x", path: "/usr" }], [{ mode: "Public", mount: "/usr" }]), []);
  }
});

Deno.test("what a parent keeps private is not for its children", () => {
  for (const mode of ["Private", "PrivateFile"] as const) {
    deepEqual(exported([{ mode: "Restricted", mount: "/h" }], [{ mode, mount: "/h" }])[0]?.[0], "E_LOOSENED_EXPORT");
  }
  deepEqual(exported([{ mode: "Restricted", mount: "/h" }], [{ mode: "PrivateRestricted", mount: "/h" }]), []);
});

Deno.test("a child's own directory is its own, its parent's and its siblings' are not", () => {
  const own = (path: string) => exported([{ mode: "Public", mount: "/data", path }], []);
  deepEqual(own("/p/c"), []);
  deepEqual(own("/p/c/data"), []);
  for (const path of ["/p", "/p/sub", "/p/cc", "/p/c/../d"]) deepEqual(own(path)[0]?.[0], "E_LOOSENED_EXPORT", path);
});

Deno.test("a child may put its own files in the place of a parent's export", () => {
  deepEqual(
    exported([{ mode: "Public", mount: "/usr", path: "$NODE_PATH/usr" }], [{ mode: "Restricted", mount: "/usr" }]),
    [],
  );
  deepEqual(exported([{ mode: "Tmpfs", mount: "/usr" }], [{ mode: "Restricted", mount: "/usr" }]), []);
});

const HIDDEN: Export[] = [{ mode: "Public", mount: "/srv" }, { mode: "Tmpfs", mount: "/srv/keys" }];
const GUARDED: Export[] = [{ mode: "Public", mount: "/srv" }, { mode: "Restricted", mount: "/srv/conf" }];

Deno.test("what a parent hides below an export stays hidden", () => {
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/srv/keys/a" }], HIDDEN)[0]?.slice(1, 3), [
    `Cannot export "/srv/keys/a": hidden by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
  ]);
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/srv" }], HIDDEN)[0]?.slice(1, 3), [
    `Cannot export "/srv" with "/srv/keys" in it: hidden by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
  ]);
  deepEqual(
    exported([{ mode: "Public", mount: "/x", path: "/srv" }, { mode: "Tmpfs", mount: "/x/keys" }], HIDDEN),
    [],
    "unless the child hides it too",
  );
});

Deno.test("what a parent protects below a writable export stays protected", () => {
  deepEqual(exported([{ mode: "Public", mount: "/x", path: "/srv" }], GUARDED)[0]?.slice(1), [
    `Cannot export "/srv" for writing with "/srv/conf" in it: read-only by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
    "mode Restricted can be used here",
  ]);
  deepEqual(
    exported([{ mode: "Public", mount: "/srv/conf" }], GUARDED)[0]?.[1],
    `Cannot export "/srv/conf" for writing: read-only by ${PARENT}:2:2`,
  );
});

Deno.test("an export that hides something is not replaced by one that does not", () => {
  const replace = (entry: Partial<Export>) =>
    exported([{ mode: "Anonymous", mount: "/srv/keys", ...entry }], HIDDEN).map((finding) => finding.slice(0, 3));
  const refused = [[
    "E_LOOSENED_EXPORT",
    `Cannot replace the export at "/srv/keys" that hides "/srv/keys": hidden by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
  ]];
  deepEqual(replace({}), refused);
  deepEqual(replace({ mode: "Symlink", path: "/" }), refused);
  deepEqual(replace({ mode: "Restricted", path: "/p/c/none", optional: true }), refused);
  deepEqual(replace({ mode: "Restricted", path: "/p/c/none" }), []);
});

Deno.test("a parent's own line is its own decision, also where it differs from leaf to leaf", () => {
  const parent: Export[] = [
    { mode: "Public", mount: "/run/user/$UID" },
    { mode: "Public", mount: "/data", path: "/srv/$LEAF_ALIAS" },
    { mode: "Public", mount: "/$LEAF_INFO", path: "/srv/info/$LEAF_INFO", optional: true },
  ];
  deepEqual(find({ config: { "set-user": "driver" } }, { exports: parent }), []);
  const family = (info: string) =>
    makeFamily({ path: "/p/c", headers: { info } }, {
      path: "/p",
      headers: { info: "i" },
      normal: { exports: parent },
    });
  deepEqual(findLoosenings(family("other"), OPTIONS), []);
  deepEqual(short(findLoosenings(family("../../etc"), OPTIONS)).map(([, message]) => message), [
    `Cannot export "/etc" for writing: not exported by ${PARENT}:1:1`,
    `Cannot export "/srv/c" for writing: not exported by ${PARENT}:1:1`,
  ], "nothing that is made of a header which is no name");
  for (const info of [".", "", "a/b"]) {
    deepEqual(findLoosenings(family(info), OPTIONS).map(({ code }) => code).includes("E_LOOSENED_EXPORT"), true, info);
  }
});

Deno.test("what a parent hides for itself stays hidden, where it hides something else for another leaf", () => {
  const parent: Export[] = [
    { mode: "Restricted", mount: "/e", path: "/etc" },
    { mode: "Tmpfs", mount: "/e/$LEAF_ALIAS" },
  ];
  deepEqual(find({}, { exports: parent }).map(([, message]) => message), [
    `Cannot export "/etc" with "/etc/p" in it: hidden by ${PARENT}:2:2`,
  ]);
});

Deno.test("proc, dev and message queues are mounted where the parent has them", () => {
  for (const mode of ["Procfs", "Devfs", "Mqueue"] as const) {
    deepEqual(exported([{ mode, mount: "/x" }], [{ mode, mount: "/y" }]), []);
    deepEqual(exported([{ mode, mount: "/x" }], []), [[
      "E_LOOSENED_EXPORT",
      `Cannot mount ${mode} at "/x": not exported by ${PARENT}:1:1`,
      `${CHILD}:1:2`,
      `${mode} can be exported where the parent does`,
    ]]);
  }
});

Deno.test("modes that show nothing of the host need no permission", () => {
  for (const mode of ["Anonymous", "Symlink", "Execfd", "Internal", "Tmpfs", "Lock"] as const) {
    deepEqual(exported([{ mode, mount: "/x", path: "0" }], []), []);
  }
});

Deno.test("a source that depends on a command is judged when its output is known", () => {
  const child: Export[] = [{ mode: "Public", mount: "/x", path: "$(where)" }];
  deepEqual(exported(child, []), []);
  deepEqual(exported(child, [], { outputs: new Map([["where", "/p/c/x"]]) }), []);
  deepEqual(
    exported(child, [], { outputs: new Map([["where", "/etc"]]) })[0]?.[1],
    `Cannot export "/etc" for writing: not exported by ${PARENT}:1:1`,
  );
});

Deno.test("an unprivileged ancestor makes unprivileged descendants of the same user", () => {
  const parent: Keys = { "set-user": "driver" };
  deepEqual(keys({ "set-user": "77", "set-group": "78" }, parent), [], "the same by number");
  deepEqual(keys({ "set-user": "0" }, parent), [[
    "E_LOOSENED_USER",
    `Cannot run as user 0: the user is 77 by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    "set-user can be 77 or left out here",
  ]]);
  deepEqual(keys({ "set-user": "78" }, parent, { uid: 0 })[0]?.[0], "E_LOOSENED_USER");
  deepEqual(keys({ "set-group": "can" }, parent), [[
    "E_LOOSENED_GROUP",
    `Cannot run as group 79: the group is 78 by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    "set-group can be 78 or left out here",
  ]]);
});

Deno.test("whoever launches can become somebody else, but not root", () => {
  for (const uid of [0, 1000]) deepEqual(keys({ "set-user": "driver", "set-group": "can" }, {}, { uid }), []);
  deepEqual(keys({ "set-user": "77" }, { "set-user": "0" }), []);
  deepEqual(keys({ "set-user": "0" }, {}, { uid: 0 }), []);
  deepEqual(keys({ "set-user": "0" }, {}, { uid: 1000 })[0]?.[0], "E_LOOSENED_USER");
});

const SWITCHES: readonly [child: Keys, parent: Keys, code: string, message: string, hint: string][] = [
  [
    { "new-session": "Disabled" },
    {},
    "E_LOOSENED_NEW_SESSION",
    "Cannot set new-session to Disabled: Enabled by",
    "new-session can be Enabled or left out here",
  ],
  [
    { "die-with-parent": "Disabled" },
    { "die-with-parent": "Enabled" },
    "E_LOOSENED_DIE_WITH_PARENT",
    "Cannot set die-with-parent to Disabled: Enabled by",
    "die-with-parent can be Enabled or left out here",
  ],
  [
    { "inherit-env": true },
    {},
    "E_LOOSENED_INHERIT_ENV",
    "Cannot set inherit-env to true: false by",
    "inherit-env can be false or left out here",
  ],
  [
    { gpgcheck: false },
    { gpgcheck: true },
    "E_LOOSENED_GPGCHECK",
    "Cannot set gpgcheck to false: true by",
    "gpgcheck can be true or left out here",
  ],
  [
    { seccomp: "none" },
    { seccomp: "default" },
    "E_LOOSENED_SECCOMP",
    "Cannot set seccomp to none: default by",
    "seccomp can be default or strict or left out here",
  ],
  [
    { seccomp: "default" },
    { seccomp: "strict" },
    "E_LOOSENED_SECCOMP",
    "Cannot set seccomp to default: strict by",
    "seccomp can be strict or left out here",
  ],
  [
    { proc: "full" },
    { proc: "pid" },
    "E_LOOSENED_PROC",
    "Cannot set proc to full: pid by",
    "proc can be pid or left out here",
  ],
  [
    { "oom-score": -1 },
    {},
    "E_LOOSENED_OOM_SCORE",
    "Cannot set oom-score to -1: 0 by",
    "oom-score can be 0 or more or left out here",
  ],
  [
    { "oom-score": 499 },
    { "oom-score": 500 },
    "E_LOOSENED_OOM_SCORE",
    "Cannot set oom-score to 499: 500 by",
    "oom-score can be 500 or more or left out here",
  ],
  [
    { "tmpfs-size": 2 ** 27 },
    {},
    "E_LOOSENED_TMPFS_SIZE",
    "Cannot set tmpfs-size to 128M: 64M by",
    "tmpfs-size can be 64M or less or left out here",
  ],
  [
    { "tmpfs-size": "max" },
    { "tmpfs-size": 2 ** 30 },
    "E_LOOSENED_TMPFS_SIZE",
    "Cannot set tmpfs-size to max: 1G by",
    "tmpfs-size can be 1G or less or left out here",
  ],
  [
    { "tmpfs-exec": true },
    { "tmpfs-exec": false },
    "E_LOOSENED_TMPFS_EXEC",
    "Cannot set tmpfs-exec to true: false by",
    "tmpfs-exec can be false or left out here",
  ],
  [
    { unsafe: true },
    {},
    "E_LOOSENED_UNSAFE",
    "Cannot set unsafe to true: false by",
    "unsafe can be false or left out here",
  ],
  [
    { landlock: "off" },
    {},
    "E_LOOSENED_LANDLOCK",
    "Cannot set landlock to off: auto by",
    "landlock can be auto or left out here",
  ],
  [
    { landlock: "auto" },
    { landlock: "required" },
    "E_LOOSENED_LANDLOCK",
    "Cannot set landlock to auto: required by",
    "landlock can be required or left out here",
  ],
  [
    { "landlock-abi": 4 },
    { "landlock-abi": 5 },
    "E_LOOSENED_LANDLOCK",
    "Cannot set landlock-abi to 4: 5 by",
    "landlock-abi can be 5 or left out here",
  ],
];

for (const [child, parent, code, message, hint] of SWITCHES) {
  Deno.test(`${Object.keys(child)}: a child cannot undo what confines`, () => {
    deepEqual(keys(child, parent), [[code, `${message} ${PARENT}:1:2`, `${CHILD}:1:2`, hint]]);
    deepEqual(keys(child, child), []);
    deepEqual(keys(parent, child), []);
  });
}

Deno.test("network: a child uses some of its parent's ports, or none", () => {
  deepEqual(keys({ network: { bind: [80, 81, 82] } }, { network: { bind: [80] } }), [[
    "E_LOOSENED_NETWORK",
    `Cannot listen on TCP port 81, 82: not allowed by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "bind can have 80 here",
  ]]);
  deepEqual(keys({ network: { connect: [1] } }, { network: { connect: [] } }).map(([code, , , hint]) => [code, hint]), [
    ["E_LOOSENED_NETWORK", "connect has to be empty here"],
  ]);
  deepEqual(keys({ network: { bind: [] } }, { network: { bind: [80] } }), []);
  deepEqual(keys({ network: { connect: [1] } }, { network: { bind: [80] } }), []);
  deepEqual(keys({ network: { connect: [1] } }, {}), []);
});

Deno.test("rlimits: a child raises no hard limit of its parent, also where that is a default", () => {
  const files = (soft: bigint, hard: bigint) => ({ rlimits: { nofile: { soft, hard } } });
  deepEqual(keys(files(1n, 2048n), files(1024n, 1024n)), [[
    "E_LOOSENED_RLIMIT",
    `Cannot raise the limit nofile to 2048: 1024 by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "nofile can be at most 1024 here",
  ]]);
  deepEqual(keys(files(1024n, 1024n), files(1n, 1024n)), []);
  deepEqual(keys(files(1n, 1n), {}), []);
  deepEqual(keys({ rlimits: { core: { soft: 0n, hard: 1n } } }, {}).map(([code]) => code), ["E_LOOSENED_RLIMIT"]);
});

Deno.test("selinux and apparmor: the label of a labelled parent stays", () => {
  deepEqual(keys({ apparmor: "b" }, { apparmor: "a" }), [[
    "E_LOOSENED_APPARMOR",
    `Cannot run with the AppArmor profile "b": it is "a" by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    'apparmor can be "a" or left out here',
  ]]);
  deepEqual(keys({ selinux: "u:r:b:s0" }, { selinux: "u:r:a:s0" }).map(([code]) => code), ["E_LOOSENED_SELINUX"]);
  deepEqual(keys({ selinux: "u:r:a:s0", apparmor: "a" }, { selinux: "u:r:a:s0", apparmor: "a" }), []);
  deepEqual(keys({}, { selinux: "u:r:a:s0", apparmor: "a" }), []);
  deepEqual(keys({ selinux: "u:r:a:s0", apparmor: "a" }, {}), []);
});

Deno.test("smack: the label of a labelled parent stays", () => {
  deepEqual(keys({ smack: "B" }, { smack: "A" }), [[
    "E_LOOSENED_SMACK",
    `Cannot run with the Smack label "B": it is "A" by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    'smack can be "A" or left out here',
  ]]);
  deepEqual(keys({ smack: "A" }, { smack: "A" }), []);
  deepEqual(keys({ smack: "A" }, {}), []);
  deepEqual(keys({}, { smack: "A" }), []);
});

Deno.test("a program may choose its umask, so a node may", () => {
  deepEqual(keys({ umask: "000" }, { umask: "077" }), []);
});

Deno.test("every ancestor counts; the nearest that objects is named, once", () => {
  const etc: Export = { mode: "Restricted", mount: "/etc" };
  const nodes = (middle: Files, leaf: Files): [NodeFixture, NodeFixture, NodeFixture] => [
    { path: "/p/c/d", normal: leaf },
    { path: "/p/c", normal: middle },
    { path: "/p" },
  ];
  const find = (middle: Files, leaf: Files) =>
    short(findLoosenings(makeFamily(...nodes(middle, leaf)), OPTIONS)).map(([, message, where]) => [message, where]);
  deepEqual(find({}, { exports: [etc] }), [
    [`Cannot export "/etc": not exported by ${CHILD}:1:1`, "/p/c/d/etc/redpak.yaml:1:2"],
  ]);
  deepEqual(find({ exports: [etc] }, {}), [[`Cannot export "/etc": not exported by ${PARENT}:1:1`, `${CHILD}:1:2`]]);
  deepEqual(find({ exports: [{ mode: "Public", mount: "/x", path: "/p/c/x" }] }, {}), [], "a directory on the way");
  deepEqual(find({}, { exports: [{ mode: "Public", mount: "/x", path: "/p/c/x" }] }).length, 1);
});

Deno.test("admin files are compared with admin files", () => {
  const kill = { config: { capabilities: [add("CAP_KILL")] } };
  const family = makeFamily({ path: "/p/c", admin: kill }, { path: "/p", admin: kill });
  deepEqual(findLoosenings(family, { ...OPTIONS, admin: true }), []);
  const drop = { config: { capabilities: [{ cap: "ALL", add: false }] } };
  const against = makeFamily({ path: "/p/c", admin: kill }, { path: "/p", admin: drop });
  deepEqual(
    findLoosenings(against, { ...OPTIONS, admin: true }).map(({ where, limit }) => [where?.file, limit?.file]),
    [
      ["/p/c/etc/redpak-admin.yaml", "/p/etc/redpak-admin.yaml"],
    ],
  );
  deepEqual(findLoosenings(against, OPTIONS), []);
});

Deno.test("an admin file may take back what normal files restrict, and nothing else may", () => {
  const loose: Files = {
    exports: [{ mode: "Public", mount: "/etc" }],
    config: { share_net: "enabled", capabilities: [add("CAP_KILL")], seccomp: "none", "inherit-env": true },
  };
  const parent: NodeFixture = { path: "/p", normal: { config: { share_net: "disabled", seccomp: "strict" } } };
  const admin = { ...OPTIONS, admin: true };
  deepEqual(findLoosenings(makeFamily({ path: "/p/c", admin: loose }, parent), admin), []);
  deepEqual(findLoosenings(makeFamily({ path: "/p/c/d" }, { path: "/p/c", admin: loose }, parent), admin), []);
  const normal = makeFamily({ path: "/p/c", normal: { ...loose, config: { seccomp: "none" } } }, parent);
  deepEqual(findLoosenings(normal, admin).length, 2);
});

Deno.test("an admin file that an ancestor's programs can write takes nothing back, whichever mode they can write it in", () => {
  const admin: Files = { config: { capabilities: [add("CAP_KILL")] } };
  const drop = { config: { capabilities: [{ cap: "ALL", add: false }] } };
  const own: Files = { exports: [{ mode: "Private", mount: "/n", path: "$NODE_PATH" }] };
  const loosened = (parent: Omit<NodeFixture, "path">, ...rest: NodeFixture[]) =>
    findLoosenings(makeFamily({ path: "/p/c/d", admin }, { path: "/p/c", ...parent }, ...rest), {
      ...OPTIONS,
      admin: true,
    });
  for (const parent of [{ normal: { ...drop, ...own } }, { normal: drop, admin: own }]) {
    const [problem, ...others] = loosened(parent);
    deepEqual([problem?.code, others], ["E_LOOSENED_CAPABILITY", []]);
    match(problem?.hints?.at(-1) ?? "", /^programs of "\/p\/c" can write this admin file/);
  }
  deepEqual(loosened({ normal: drop }), []);
  const above: NodeFixture = { path: "/p", normal: drop };
  deepEqual(loosened({ admin: own }, above).length, 1, "whoever says the limit");
  deepEqual(loosened({}, { ...above, admin: own }).length, 1);
  const elsewhere: Files = { exports: [{ mode: "Public", mount: "/n", path: "/p/c/data" }] };
  deepEqual(loosened({ normal: { ...drop, ...elsewhere } }), []);
  const readOnly: Files = { exports: [{ mode: "Restricted", mount: "/n", path: "/p" }] };
  deepEqual(loosened({ normal: { ...drop, ...readOnly } }), []);
});

Deno.test("a child has no device and no access that its parent has not", () => {
  const devices = (path: string, access: DeviceAccess): Keys => ({ devices: [{ path, access }] });
  for (const access of ["none", "r", "w"] as const) {
    deepEqual(keys(devices("/dev/a", access), devices("/dev/a", "rw")), []);
  }
  deepEqual(keys(devices("/dev/a", "none"), {}), []);
  deepEqual(keys({}, devices("/dev/a", "rw")), [], "what it inherits");
  deepEqual(keys(devices("/dev/a", "rw"), devices("/dev/a", "r")), [[
    "E_LOOSENED_DEVICE",
    `Cannot give access rw to device "/dev/a": r only by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "access can be r here",
  ]]);
  deepEqual(keys(devices("/dev/a", "w"), devices("/dev/a", "r")).length, 1);
  deepEqual(keys(devices("/dev/a", "r"), devices("/dev/a", "none")).length, 1);
  deepEqual(keys(devices("/dev/ab", "r"), devices("/dev/a", "rw")), [[
    "E_LOOSENED_DEVICE",
    `Cannot give access r to device "/dev/ab": not granted by ${PARENT}:1:2`,
    `${CHILD}:1:3`,
    "devices of the parent can be given here; none takes one away",
  ]]);
});

Deno.test("where a parent follows no links in an export, a child follows none, wherever it shows that", () => {
  const data: Export = { mode: "Public", mount: "/data", path: "/srv/data" };
  const strict: Export = { ...data, nosymfollow: true };
  deepEqual(exported([data], [strict]), [[
    "E_LOOSENED_NOSYMFOLLOW",
    `Cannot follow links in "/data": nosymfollow of "/srv/data" by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    "set nosymfollow to true here",
  ]]);
  deepEqual(exported([strict], [strict]), []);
  deepEqual(exported([], [strict]), []);
  deepEqual(exported([strict], [data]), []);
  const part: Export = { mode: "Restricted", mount: "/part", path: "/srv/data/part" };
  deepEqual(exported([part], [strict]).map(([code]) => code), ["E_LOOSENED_NOSYMFOLLOW"]);
  deepEqual(exported([part], [strict, { ...data, mount: "/other" }]), [], "the parent itself shows it otherwise, too");
  deepEqual(exported([{ ...data, mount: "/own", path: "/p/c/data" }], [strict]), []);
});

Deno.test("an ancestor that contradicts itself grants nothing", () => {
  const family = makeFamily(
    { path: "/p/c/d", normal: { config: { share_net: "disabled" } } },
    { path: "/p/c", normal: { config: { share_net: "enabled" } } },
    { path: "/p", normal: { config: { share_net: "disabled" } } },
  );
  deepEqual(findLoosenings(family, OPTIONS).map(({ code, where }) => [code, where?.file]), [
    ["E_SHARE_LOOSENED", CHILD],
  ]);
});

Deno.test("a leaf that cannot be merged cannot be compared", () => {
  const family = makeFamily(
    { path: "/p/c", normal: { config: { share_net: "enabled" } } },
    { path: "/p", normal: { config: { share_net: "disabled" } } },
  );
  throws(() => findLoosenings(family, OPTIONS), { code: "E_MERGE" });
});

Deno.test("a node without ancestors is not even merged", () => {
  const facts = new Proxy(FACTS, {
    get: () => {
      throw new Error("looked at");
    },
  });
  deepEqual(findLoosenings(makeFamily({ path: "/p" }), { admin: false, facts }), []);
});

const compat = (child: Files, parent: Files) => {
  const family = makeFamily({ path: "/p/c", normal: child }, { path: "/p", normal: parent });
  return short(findLoosenings(family, { ...OPTIONS, compat: true }));
};

Deno.test("mounts and names that are merged as redpak 2.5 does are compared by what they come to", () => {
  const parent: Files = {
    exports: [{ mode: "Restricted", mount: "/d/", path: "/srv/" }, { mode: "Tmpfs", mount: "/d//x/" }],
    config: { capabilities: [add("cap_kill"), add("Cap_Chown")] },
  };
  const same: Files = {
    exports: [{ mode: "Restricted", mount: "//e", path: "//srv" }, { mode: "Tmpfs", mount: "/e/x" }],
    config: { capabilities: [add("CAP_kill"), drop("all")] },
  };
  deepEqual(compat(same, parent), []);
  deepEqual(
    compat({ exports: [{ mode: "Public", mount: "/D/", path: "/srv" }] }, parent).map(([code, , at]) => [code, at]),
    [
      ["E_LOOSENED_EXPORT", "/p/c/etc/redpak.yaml:1:2"],
    ],
  );
  deepEqual(compat({ config: { capabilities: [add("All")] } }, parent).map(([code, message]) => [code, message]), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add ALL capabilities: CAP_DAC_OVERRIDE and ${
      CAPABILITIES.length - 3
    } others are not granted by ${PARENT}:1:2`,
  ]]);
});

Deno.test("of two exports at one place the later covers the earlier", () => {
  const [passwords, cover]: Export[] = [
    { mode: "Restricted", mount: "/d", path: "/etc" },
    { mode: "Tmpfs", mount: "/d/" },
  ];
  const grant: Files = { exports: [{ mode: "Restricted", mount: "/x", path: "/etc" }] };
  if (passwords === undefined || cover === undefined) return;
  deepEqual(compat({ exports: [passwords, cover] }, {}), []);
  deepEqual(compat(grant, { exports: [passwords, cover] }).length, 1);
  deepEqual(compat(grant, { exports: [passwords] }), []);
});

Deno.test("a flag that redpak 2.5 keeps from the parent is no loosening, one that it takes back is", () => {
  deepEqual(compat({ config: { gpgcheck: false } }, { config: { gpgcheck: true } }), []);
  deepEqual(keys({ gpgcheck: false }, { gpgcheck: true }).length, 1);
  const session = { config: { "new-session": "Disabled" as const } };
  deepEqual(compat(session, { config: { "new-session": "Enabled" } }).map(([code]) => code), [
    "E_LOOSENED_NEW_SESSION",
  ]);
});
