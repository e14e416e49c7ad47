import { deepEqual } from "node:assert/strict";
import type { DeviceAccess } from "../config/device.ts";
import { CHILD, type Keys, keys, PARENT } from "./_loosenings.ts";

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
