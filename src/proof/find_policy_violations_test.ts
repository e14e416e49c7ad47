import { deepEqual, equal, throws } from "node:assert/strict";
import { FACTS, makeFamily } from "../config/_fixtures.ts";
import { mergeFamily } from "../config/merge.ts";
import { parsePolicy } from "../config/policy.ts";
import type { Config } from "../config/schema.ts";
import { RedpakError } from "../core/error.ts";
import { findPolicyViolations } from "./find_policy_violations.ts";
import { readPolicyLimits } from "./policy_limits.ts";

type Files = Omit<Config, "headers">;

const POLICY = "/policy.yaml";
const LEAF = "/p/c/etc/redpak.yaml";

interface Situation {
  readonly root?: Files;
  readonly uid?: number;
  readonly overrides?: { readonly "set-user": string };
  readonly outputs?: ReadonlyMap<string, string>;
}

/** What a policy says of a node in a node: code, message, place, hints. */
async function judge(policy: string, leaf: Files, situation: Situation = {}): Promise<string[][]> {
  const { root = {}, uid = FACTS.uid, ...rest } = situation;
  const facts = { ...FACTS, uid, gid: uid };
  const limits = readPolicyLimits(await parsePolicy(policy, POLICY), facts);
  const family = makeFamily({ path: "/p/c", normal: leaf }, { path: "/p", normal: root });
  const merged = mergeFamily(family, { admin: false, facts, ...rest });
  return findPolicyViolations(family, merged, limits, { facts, ...rest }).map((
    { code, message, where, hints = [] },
  ) => [
    code,
    message,
    `${where?.file}:${where?.line}:${where?.column}`,
    ...hints,
  ]);
}

const codes = (violations: readonly string[][]) => violations.map(([code]) => code);

const LOOSE: Files = {
  exports: [{ mode: "Public", mount: "/x", path: "/etc" }, { mode: "Devfs", mount: "/dev" }],
  config: {
    share_all: "enabled",
    share_time: "enabled",
    capabilities: [{ cap: "ALL", add: true }],
    "set-user": "0",
    "new-session": "Disabled",
    "inherit-env": true,
    seccomp: "none",
  },
};

Deno.test("what the policy does not mention it does not limit", async () => {
  for (const policy of ["{}", "limits: {}", "limits: { config: {} }", "limits: { config: { share_net: unset } }"]) {
    deepEqual(await judge(policy, LOOSE, { uid: 0 }), [], policy);
  }
});

Deno.test("only the share keys that are given limit; share_all stands for those that are not, except time", async () => {
  deepEqual(await judge("limits: { config: { share_net: disabled } }", LOOSE), [[
    "E_POLICY_NAMESPACE",
    `Cannot share the net namespace: kept separate by ${POLICY}:1:32`,
    `${LEAF}:1:2`,
    "share_net can be disabled here",
  ]]);
  const all = await judge("limits: { config: { share_all: disabled, share_net: enabled } }", LOOSE);
  deepEqual(all.map(([, message]) => message?.split(" ")[3]), ["cgroup", "ipc", "user", "pid"]);
  deepEqual(codes(await judge("limits: { config: { share_time: disabled } }", {})), ["E_POLICY_NAMESPACE"]);
});

Deno.test("capabilities are those that the policy adds, once it speaks of them", async () => {
  const allowed = "limits: { config: { capabilities: [{ cap: KILL, add: 1 }] } }";
  deepEqual(await judge(allowed, { config: { capabilities: [{ cap: "CAP_KILL", add: true }] } }), []);
  deepEqual(await judge(allowed, { config: { capabilities: [{ cap: "CAP_CHOWN", add: true }] } }), [[
    "E_POLICY_CAPABILITY",
    `Cannot add capability "CAP_CHOWN": not granted by ${POLICY}:1:35`,
    `${LEAF}:1:3`,
    "CAP_KILL can be added here",
  ]]);
  deepEqual(codes(await judge("limits: { config: { capabilities: [] } }", LOOSE)), ["E_POLICY_CAPABILITY"]);
  const most = "limits: { config: { capabilities: [{ cap: ALL, add: 1 }, { cap: CAP_SYS_ADMIN, add: 0 }] } }";
  deepEqual((await judge(most, LOOSE)).map(([, message]) => message), [
    `Cannot add ALL capabilities: CAP_SYS_ADMIN is not granted by ${POLICY}:1:58`,
  ]);
});

Deno.test("of /proc no more is seen than the policy says", async () => {
  const pid = "limits: { config: { proc: pid } }";
  deepEqual(await judge(pid, { config: { proc: "pid" } }), []);
  deepEqual(codes(await judge(pid, {})), ["E_POLICY_PROC"]);
  deepEqual(await judge("limits: { config: { proc: full } }", {}), []);
});

Deno.test("devices are those that the policy lists, once it speaks of them", async () => {
  const given = (access: "r" | "rw") => ({ config: { devices: [{ path: "/dev/a", access }] } });
  const allowed = "limits: { config: { devices: [{ path: /dev/a, access: r }] } }";
  deepEqual(await judge(allowed, given("r")), []);
  deepEqual(await judge(allowed, given("rw")), [[
    "E_POLICY_DEVICE",
    `Cannot give access rw to device "/dev/a": r only by ${POLICY}:1:31`,
    `${LEAF}:1:3`,
    "access can be r here",
  ]]);
  deepEqual(codes(await judge("limits: { config: { devices: [] } }", given("r"))), ["E_POLICY_DEVICE"]);
  deepEqual(await judge("limits: { config: { proc: full } }", given("rw")), []);
});

Deno.test("the filter of system calls is at least as tight as the policy says", async () => {
  const strict = "limits: { config: { seccomp: strict } }";
  deepEqual(await judge(strict, { config: { seccomp: "strict" } }), []);
  deepEqual(await judge(strict, { config: { seccomp: "default" } }), [[
    "E_POLICY_SECCOMP",
    `Cannot set seccomp to default: strict by ${POLICY}:1:30`,
    `${LEAF}:1:2`,
    "seccomp has to be strict here",
  ]]);
  deepEqual(codes(await judge(strict, {})), ["E_POLICY_SECCOMP"]);
  deepEqual(await judge("limits: { config: { seccomp: default } }", {}), []);
});

Deno.test("file systems in memory are no larger than the policy says, whoever says nothing has the default", async () => {
  const small = "limits: { config: { tmpfs-size: 32M } }";
  deepEqual(await judge(small, { config: { "tmpfs-size": 2 ** 25 } }), []);
  deepEqual(await judge(small, {}), [[
    "E_POLICY_TMPFS_SIZE",
    `Cannot set tmpfs-size to 64M: 32M by ${POLICY}:1:33`,
    `${LEAF}:1:2`,
    "tmpfs-size has to be 32M or less here",
  ]]);
  const executable = { config: { "tmpfs-size": "max", "tmpfs-exec": true } } as const;
  deepEqual(await judge("limits: { config: { seccomp: default } }", executable), []);
  deepEqual(codes(await judge("limits: { config: { tmpfs-exec: false } }", executable)), ["E_POLICY_TMPFS_EXEC"]);
});

const EXPORTS = `limits:
  exports:
    - { mode: Public, mount: /here, path: /data }
    - { mode: Restricted, mount: /data/open }
    - { mode: Tmpfs, mount: /data/keys }
    - { mode: Procfs, mount: /proc }
`;

Deno.test("paths of the host are exported as the policy lists them, wherever that is", async () => {
  const exported = (mode: "Public" | "Restricted", path: string) =>
    judge(EXPORTS, { exports: [{ mode, mount: "/m", path }] });
  deepEqual(await exported("Public", "/data/a"), []);
  deepEqual(await exported("Restricted", "/data/open/a"), []);
  const hint = 'what lies in "/p/c" or is exported by the host policy can be exported here';
  const place = `${LEAF}:1:2`;
  for (
    const [mode, path, message, ...hints] of [
      ["Public", "/data/open/a", `Cannot export "/data/open/a" for writing: read-only by ${POLICY}:4:7`],
      ["Public", "/data", `Cannot export "/data" for writing with "/data/keys" in it: hidden by ${POLICY}:5:7`, hint],
      ["Restricted", "/data/keys/a", `Cannot export "/data/keys/a": hidden by ${POLICY}:5:7`, hint],
      ["Restricted", "/here", `Cannot export "/here": not exported by ${POLICY}:3:5`, hint],
      ["Restricted", "/data/../etc", `Cannot export "/etc": not exported by ${POLICY}:3:5`, hint],
    ] as const
  ) {
    const expected = [[
      "E_POLICY_EXPORT",
      message,
      place,
      ...hints.length ? hints : ["mode Restricted can be used here"],
    ]];
    deepEqual(await exported(mode, path), expected);
  }
});

Deno.test("procfs and its like are mounted where the policy lists their mode, and hide nothing there", async () => {
  deepEqual(await judge(EXPORTS, { exports: [{ mode: "Procfs", mount: "/elsewhere" }] }), []);
  deepEqual(await judge(EXPORTS, { exports: [{ mode: "Devfs", mount: "/dev" }] }), [[
    "E_POLICY_EXPORT",
    `Cannot mount Devfs at "/dev": not exported by ${POLICY}:3:5`,
    `${LEAF}:1:2`,
    "Devfs can be exported where the host policy does",
  ]]);
  const whole = "limits: { exports: [{ mode: Restricted, mount: / }, { mode: Procfs, mount: /proc }] }";
  deepEqual(await judge(whole, { exports: [{ mode: "Restricted", mount: "/host", path: "/" }] }), []);
});

Deno.test("the directory of the family's root is not the policy's to grant", async () => {
  const own = (path: string) => judge("limits: { exports: [] }", { exports: [{ mode: "Public", mount: "/m", path }] });
  deepEqual(await own("$NODE_PATH/data"), []);
  deepEqual(await own("/p/shared"), []);
  deepEqual(codes(await own("/pp")), ["E_POLICY_EXPORT"]);
  deepEqual(codes(await own("/")), ["E_POLICY_EXPORT"]);
});

Deno.test("what a node inherits is judged too", async () => {
  const root: Files = { exports: [{ mode: "Restricted", mount: "/etc" }], config: { share_net: "enabled" } };
  const found = await judge("limits: { exports: [], config: { share_net: disabled } }", {}, { root });
  deepEqual(found.map(([code, , place]) => [code, place]), [
    ["E_POLICY_NAMESPACE", "/p/etc/redpak.yaml:1:2"],
    ["E_POLICY_EXPORT", "/p/etc/redpak.yaml:1:2"],
  ]);
});

Deno.test("a source that a command finds out is judged once it is known", async () => {
  const leaf: Files = { exports: [{ mode: "Restricted", mount: "/m", path: "$(where)" }] };
  deepEqual(await judge(EXPORTS, leaf), []);
  deepEqual(codes(await judge(EXPORTS, leaf, { outputs: new Map([["where", "/etc"]]) })), ["E_POLICY_EXPORT"]);
  deepEqual(await judge(EXPORTS, leaf, { outputs: new Map([["where", "/data"]]) }).then(codes), ["E_POLICY_EXPORT"]);
  deepEqual(await judge(EXPORTS, leaf, { outputs: new Map([["where", "/data/a"]]) }), []);
});

Deno.test("a node has to say what the policy demands: it inherits nothing from it", async () => {
  const policy = "limits: { config: { die-with-parent: Enabled, inherit-env: false } }";
  deepEqual(await judge(policy, { config: { "inherit-env": true } }), [
    [
      "E_POLICY_DIE_WITH_PARENT",
      `Cannot set die-with-parent to Disabled: Enabled by ${POLICY}:1:38`,
      `${LEAF}:1:2`,
      "die-with-parent has to be Enabled here",
    ],
    [
      "E_POLICY_INHERIT_ENV",
      `Cannot set inherit-env to true: false by ${POLICY}:1:60`,
      `${LEAF}:1:2`,
      "inherit-env has to be false here",
    ],
  ]);
  deepEqual(await judge(policy, { config: { "die-with-parent": "Enabled" } }), []);
});

Deno.test("a node runs as the policy's user, whatever its files, the command line or the caller say", async () => {
  const policy = "limits: { config: { set-user: driver } }";
  const refused = (place: string) => [[
    "E_POLICY_USER",
    `Cannot run as user 0: the user is 77 by ${POLICY}:1:31`,
    place,
    "set-user has to be 77 here",
  ]];
  const driver: Files = { config: { "set-user": "driver" } };
  deepEqual(await judge(policy, driver, { uid: 0 }), []);
  deepEqual(await judge(policy, { config: { "set-user": "0" } }, { uid: 0 }), refused(`${LEAF}:1:2`));
  deepEqual(await judge(policy, {}, { uid: 0 }), refused(`${LEAF}:1:2`));
  deepEqual(await judge(policy, driver, { uid: 0, overrides: { "set-user": "0" } }), refused("command line:1:1"));
  deepEqual(await judge(policy, { config: { "set-user": "driver", "set-group": "0" } }, { uid: 0 }), [[
    "E_POLICY_GROUP",
    `Cannot run as group 0: the group is 78 by ${POLICY}:1:31`,
    `${LEAF}:1:2`,
    "set-group has to be 78 here",
  ]]);
});

Deno.test("a node runs with the policy's label", async () => {
  const policy = "limits: { config: { smack: app } }";
  deepEqual(await judge(policy, { config: { smack: "app" } }), []);
  deepEqual(await judge(policy, {}), [[
    "E_POLICY_SMACK",
    `Cannot run with no Smack label: it is "app" by ${POLICY}:1:28`,
    `${LEAF}:1:2`,
    'smack has to be "app" here',
  ]]);
  deepEqual((await judge("limits: { config: { apparmor: app } }", {})).map(([code]) => code), ["E_POLICY_APPARMOR"]);
  deepEqual((await judge("limits: { config: { selinux: 'u:r:t:s0' } }", {})).map(([code]) => code), [
    "E_POLICY_SELINUX",
  ]);
});

Deno.test("each command of a configuration is a violation where commands are forbidden", async () => {
  const leaf: Files = {
    exports: [{ mode: "Execfd", mount: "/m", path: "date" }, { mode: "Tmpfs", mount: "/$(id)" }],
    environ: [{ mode: "Execfd", key: "A", value: "uname" }],
  };
  deepEqual(await judge("commands: allow\n", leaf), []);
  const found = await judge("commands: forbid\n", leaf);
  deepEqual(
    found.map(([, message]) => message),
    ["id", "date", "uname"].map((command) => `Cannot run the command "${command}": forbidden by ${POLICY}:1:11`),
  );
  deepEqual(new Set(codes(found)), new Set(["E_POLICY_COMMAND"]));
  equal(found[1]?.[2], `${LEAF}:1:3`);
});

for (
  const [what, policy] of [
    ["a capability that there is not", "limits: { config: { capabilities: [{ cap: CAP_KIL, add: 1 }] } }"],
    ["the user who can become anybody", "limits: { config: { set-user: 0 } }"],
    ["a user whom the machine does not know", "limits: { config: { set-user: nobody-here } }"],
    [
      "a line that contradicts another",
      "limits: { config: { capabilities: [{ cap: ALL, add: 1 }, { cap: ALL, add: 0 }] } }",
    ],
  ] as const
) {
  Deno.test(`a policy with ${what} is invalid`, async () => {
    const parsed = await parsePolicy(policy, POLICY);
    throws(() => readPolicyLimits(parsed, FACTS), (error) => {
      deepEqual(error instanceof RedpakError && [error.code, error.problems[0]?.where?.file], [
        "E_POLICY_INVALID",
        POLICY,
      ]);
      return true;
    });
  });
}
