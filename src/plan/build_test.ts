import * as assert from "node:assert/strict";
import { all, type ConfigFixture, FACTS, failure, only, plan } from "./_fixtures.ts";
import { decodePlan } from "./decode.ts";
import { encodePlan } from "./encode.ts";
import { CAPABILITIES } from "./operation.ts";
import { compileFilter } from "./seccomp/compile.ts";

Deno.test("a node without configuration gets a whole sandbox, in this order", () => {
  assert.deepEqual(plan().operations.map(({ operation, phase }) => `${phase} ${operation}`), [
    "host device-filter",
    "host unshare",
    "host make-private",
    "host root",
    "init reset-attributes",
    "init session-keyring",
    "init memfd-noexec",
    "init clone",
    "init pivot-root",
    "init detach-old-root",
    "init loopback",
    "init fork",
    "init landlock",
    "init umask",
    "init rlimit",
    "init rlimit",
    "init rlimit",
    "init rlimit",
    "init rlimit",
    "init session",
    "init identity",
    "init chdir",
    "init securebits",
    "init capabilities",
    "init no-new-privileges",
    "init close-descriptors",
    "init seccomp",
    "init exec",
  ]);
});

Deno.test("for who is not root all is the stage's: directories of the host first, mounts in the node's namespaces", () => {
  const config: ConfigFixture = {
    exports: [{ mode: "Public", mount: "/data", path: "/srv" }, { mode: "Devfs", mount: "/dev", path: "" }],
  };
  const { operations } = plan(config, { facts: { uid: 1000, gid: 100 }, reportDescriptor: 4, exitStatus: 0 });
  assert.deepEqual(operations.filter(({ phase }) => phase === "host"), []);
  assert.deepEqual(
    operations.map(({ operation }) => operation).filter((name) => !["cgroup", "symlink", "directory"].includes(name))
      .join(" ")
      .replace(/bind( bind)+/, "bind…"),
    [
      "ensure-directory report exit-status reset-attributes session-keyring clone make-private root bind tmpfs bind… tmpfs devpts pivot-root detach-old-root",
      "loopback nest-user-namespace fork",
      "landlock umask rlimit rlimit rlimit rlimit rlimit session identity chdir securebits capabilities no-new-privileges close-descriptors seccomp exec",
    ].join(" "),
  );
});

Deno.test("who is not root cannot join namespaces, nor share that of users", () => {
  const user = { facts: { uid: 1000, gid: 100 } };
  const error = failure(() => plan({ sharing: { net: { join: "/run/net" } } }, user));
  assert.deepEqual([error.code, error.exit], ["E_NOT_PERMITTED", 5]);
  assert.match(error.message, /^Cannot join the net namespace "\/run\/net": only root/);
  const shared = plan({ sharing: { user: "enabled" } }, user);
  assert.deepEqual(shared.warnings.map(({ code }) => code), ["W_SHARE_USER"]);
  assert.ok(only(shared, "clone").namespaces.includes("user"));
});

const everything: ConfigFixture = {
  exports: [
    { mode: "Public", mount: "/data", path: "/srv" },
    { mode: "Lock", mount: "/data/lock", path: "" },
    { mode: "Procfs", mount: "/proc", path: "" },
  ],
  scalars: { hostname: "box" },
  sharing: { time: "disabled", ipc: { join: "/i" }, user: { join: "/u" }, cgroup: { join: "/c" }, pid: "disabled" },
};

Deno.test("all operations have their place", () => {
  const { operations } = plan(everything, { reportDescriptor: 4 });
  assert.deepEqual(
    operations.map(({ operation }) => operation).join(" ").replace(/protect( protect)*( mask)+/, "protect…"),
    [
      "device-filter unshare make-private ensure-directory root bind",
      "report reset-attributes session-keyring memfd-noexec identity join join join clone pivot-root procfs protect…",
      "detach-old-root hostname loopback lock unshare fork",
      "landlock umask rlimit rlimit rlimit rlimit session identity chdir securebits capabilities no-new-privileges close-descriptors seccomp exec",
    ].join(" "),
  );
});

Deno.test("files in memory are no programs where root gives a node a pid namespace and a filter, and the kernel can tell", () => {
  const has = (...args: Parameters<typeof plan>) => all(plan(...args), "memfd-noexec").length === 1;
  assert.ok(has());
  assert.ok(has({ sharing: { user: "enabled" } }));
  assert.ok(!has({ sharing: { pid: "enabled" } }));
  assert.ok(!has({ sharing: { pid: { join: "/p" } } }));
  assert.ok(!has({ scalars: { seccomp: "none" } }));
  assert.ok(!has({}, { compat: true }));
  assert.ok(!has({}, { facts: { kernel: "6.5.13" } }));
  assert.ok(!has({}, { facts: { uid: 1000, gid: 100 } }));
});

Deno.test("the same configuration gives the same plan, and it has a binary form", () => {
  assert.deepEqual(plan(everything), plan(everything));
  assert.deepEqual(decodePlan(encodePlan(plan(everything))), plan(everything));
});

Deno.test("the mount namespace is new on both sides of clone, nothing of the host's is changed", () => {
  const result = plan();
  assert.deepEqual(only(result, "unshare").namespaces, ["mount"]);
  assert.deepEqual(only(result, "clone").namespaces, ["mount", "cgroup", "ipc", "user", "pid", "net"]);
});

Deno.test("namespaces are new where nothing or disabled is said, the launcher's where enabled is", () => {
  const names = ["cgroup", "ipc", "user", "pid", "net"] as const;
  for (const name of names) {
    const cloned = (value: "unset" | "enabled" | "disabled") =>
      only(plan({ sharing: { [name]: value } }), "clone").namespaces.includes(name);
    assert.deepEqual([cloned("unset"), cloned("disabled"), cloned("enabled")], [true, true, false], name);
  }
});

Deno.test("time is shared unless it is disabled, then unshared before the program's process starts", () => {
  for (const value of ["unset", "enabled"] as const) {
    assert.equal(all(plan({ sharing: { time: value } }), "unshare").length, 1);
  }
  const { operations } = plan({ sharing: { time: "disabled" } });
  const at = operations.findIndex((operation) =>
    operation.operation === "unshare" && operation.namespaces.includes("time")
  );
  assert.deepEqual([operations[at]?.phase, operations[at + 1]?.operation], ["init", "fork"]);
  assert.equal(operations[at]?.origin?.line, 1);
});

Deno.test("the host name makes a namespace of its own, even when it is empty", () => {
  for (const hostname of ["box", ""]) {
    const result = plan({ scalars: { hostname } });
    assert.ok(only(result, "clone").namespaces.includes("uts"));
    assert.equal(only(result, "hostname").name, hostname);
  }
  assert.ok(!only(plan(), "clone").namespaces.includes("uts"));
});

Deno.test("a host name that the kernel cannot keep is refused", () => {
  plan({ scalars: { hostname: "x".repeat(64) } });
  const error = failure(() => plan({ scalars: { hostname: "x".repeat(65) } }));
  assert.deepEqual([error.code, error.exit, error.where?.line], ["E_HOSTNAME_INVALID", 3, 1]);
  assert.match(error.message, /longer than 64 bytes/);
});

Deno.test("G14 a host name of other letters than such names have is refused", () => {
  for (const hostname of ["a", "Box-1.lan", "_x", "7"]) plan({ scalars: { hostname } });
  for (
    const hostname of [
      "a\nb",
      "a b",
      "-a",
      ".a",
      "a/b",
      "a;b",
      "$(x)",
      "é",
      "a\x7f",
      "\u202ea",
      "a\n",
      "\ud800",
      "a..b",
      "a.",
      "a.-b",
    ]
  ) {
    const error = failure(() => plan({ scalars: { hostname } }));
    assert.deepEqual([error.code, error.exit, error.where?.line], ["E_HOSTNAME_INVALID", 3, 1], hostname);
  }
  // As 2.5, but for what acts on who reads it.
  plan({ scalars: { hostname: "a$X@b" } }, { compat: true });
  assert.equal(failure(() => plan({ scalars: { hostname: "a\nb" } }, { compat: true })).code, "E_HOSTNAME_INVALID");
});

const NAMES = ["time", "cgroup", "ipc", "net", "pid", "user"] as const;
const joinedAll = { sharing: Object.fromEntries(NAMES.map((name) => [name, { join: `/ns/${name}` }])) };

Deno.test("namespaces are joined before clone, that of users last, and not made", () => {
  const result = plan(joinedAll);
  assert.deepEqual(
    all(result, "join").map(({ namespace, source }) => [namespace, source]),
    NAMES.map((name) => [name, { path: `/ns/${name}` }]),
  );
  assert.deepEqual(only(result, "clone").namespaces, ["mount"]);
  assert.deepEqual(only(result, "clone").uidMaps, []);
});

Deno.test("groups are dropped before a user namespace is joined, and not in it", () => {
  const { operations } = plan(joinedAll);
  const identities = operations.filter(({ operation }) => operation === "identity" || operation === "join");
  assert.deepEqual(identities.map((found) => found.operation === "identity" ? found.dropGroups : found.operation), [
    true,
    ...NAMES.map(() => "join"),
    false,
  ]);
});

Deno.test("the loopback interface is brought up in a new network only", () => {
  for (const [net, count] of [["enabled", 0], [{ join: "/n" }, 0], ["disabled", 1], ["unset", 1]] as const) {
    assert.equal(all(plan({ sharing: { net } }), "loopback").length, count);
  }
});

Deno.test("new-session follows the configuration", () => {
  for (const [value, sessions] of [["Enabled", 1], ["Disabled", 0], ["Unset", 1]] as const) {
    assert.equal(all(plan({ scalars: { "new-session": value } }), "session").length, sessions, value);
  }
});

Deno.test("the program is the shell when none is given", () => {
  assert.deepEqual(only(plan({}, { arguments: [] }), "exec").arguments, ["sh"]);
  assert.deepEqual(only(plan({}, { arguments: ["ls", "-l", ""] }), "exec").arguments, ["ls", "-l", ""]);
});

Deno.test("umask is octal, 022 by default", () => {
  assert.equal(only(plan(), "umask").mask, 0o022);
  for (const [umask, mask] of [["027", 0o27], ["77", 0o77], ["0", 0], ["0000777", 0o777]] as const) {
    assert.equal(only(plan({ scalars: { umask } }), "umask").mask, mask);
  }
  for (const umask of ["", "8", "0o22", "1000", "-1", "022 ", "u=rwx"]) {
    const error = failure(() => plan({ scalars: { umask } }));
    assert.deepEqual([error.code, error.where?.line], ["E_UMASK_INVALID", 1], umask);
  }
});

Deno.test("an oom score is set before there are other processes", () => {
  const { operations } = plan({ scalars: { "oom-score": -5 } });
  const names = operations.map(({ operation }) => operation);
  assert.ok(names.includes("oom-score") && names.indexOf("oom-score") < names.indexOf("clone"));
  assert.equal(only(plan({ scalars: { "oom-score": -5 } }), "oom-score").score, 995);
  assert.deepEqual(all(plan(), "oom-score"), []);
});

Deno.test("limits are the customary ones unless the configuration says otherwise", () => {
  const limits = (config: ConfigFixture) =>
    all(plan(config), "rlimit").map(({ resource, soft, hard, origin }) => [resource, soft, hard, origin?.line]);
  const most = 0xffff_ffff_ffff_ffffn;
  assert.deepEqual(limits({}), [
    [2, 2n ** 29n, 2n ** 29n, undefined],
    [4, 0n, 0n, undefined],
    [6, 512n, 512n, undefined],
    [7, 1024n, most, undefined],
    [14, 0n, 0n, undefined],
  ]);
  const rlimits = {
    data: { soft: 3n, hard: 4n },
    nofile: { soft: 5n, hard: 6n },
    nproc: { soft: 7n, hard: 8n },
  };
  assert.deepEqual(limits({ rlimits }), [
    [2, 3n, 4n, 1],
    [4, 0n, 0n, undefined],
    [6, 7n, 8n, 1],
    [7, 5n, 6n, 1],
    [14, 0n, 0n, undefined],
  ]);
});

Deno.test("uid 0 is a user like others; all is locked where there is no capability to keep", () => {
  assert.equal(only(plan(), "securebits").bits, 0b1110_1111);
  assert.equal(only(plan({ capabilities: [{ cap: "CAP_CHOWN", add: true }] }), "securebits").bits, 0b11);
});

Deno.test("system calls are filtered unless the configuration says otherwise", () => {
  const seccomp = (config: ConfigFixture) => all(plan(config), "seccomp")[0];
  const [silent, strict] = [seccomp({}), seccomp({ scalars: { seccomp: "strict" } })];
  assert.deepEqual([silent?.profile, silent?.origin], ["default", undefined]);
  assert.deepEqual([strict?.profile, strict?.origin?.line], ["strict", 1]);
  assert.ok(strict!.filter.length > silent!.filter.length);
  assert.equal(seccomp({ scalars: { seccomp: "none" } }), undefined);
});

Deno.test("a filter is that of the machine and of the capabilities that are kept", () => {
  const filter = (config: ConfigFixture, architecture: "x86_64" | "aarch64") =>
    only(plan(config, { facts: { architecture } }), "seccomp").filter;
  const granted = { capabilities: [{ cap: "CAP_SYS_ADMIN", add: true }] };
  assert.deepEqual(filter({}, "x86_64"), compileFilter("default", [], "x86_64"));
  assert.deepEqual(filter({}, "aarch64"), compileFilter("default", [], "aarch64"));
  assert.deepEqual(filter(granted, "x86_64"), compileFilter("default", ["CAP_SYS_ADMIN"], "x86_64"));
});

Deno.test("a configured directory stands alone, else there are fallbacks", () => {
  const directories = (config: ConfigFixture) => only(plan(config), "chdir").directories;
  assert.deepEqual(directories({ scalars: { chdir: "/x" } }), ["/x"]);
  assert.deepEqual(directories({}), ["/work", "/"]);
  const home = (value: string) => ({ environ: [{ mode: "Static", key: "HOME", value }] } as const);
  assert.deepEqual(directories(home("/home/a")), ["/work", "/home/a", "/"]);
  assert.deepEqual(directories(home("/")), ["/work", "/"]);
  assert.deepEqual(directories(home("a")), ["/work", "/"]);
});

Deno.test("a directory that is not absolute is refused", () => {
  assert.equal(failure(() => plan({ scalars: { chdir: "x" } })).code, "E_CHDIR_INVALID");
});

Deno.test("a Smack label is applied after directories are made and before anything is exported", () => {
  const { operations } = plan({ exports: [{ mode: "Public", mount: "/d", path: "/d" }], scalars: { smack: "App" } });
  const names = operations.map(({ operation }) => operation);
  assert.deepEqual(names.slice(0, 7), [
    "device-filter",
    "unshare",
    "make-private",
    "id-map",
    "ensure-directory",
    "smack",
    "root",
  ]);
  assert.deepEqual(
    operations.flatMap((each) => each.operation === "ensure-directory" ? [each.smack] : []),
    ["App"],
  );
});

Deno.test("what is no Smack label, or is asked for by somebody else than root, is refused", () => {
  for (const smack of ["", "-x", "a b", "a,b", "a/b", 'a"b', "é", "x".repeat(256)]) {
    assert.equal(failure(() => plan({ scalars: { smack } })).code, "E_LABEL_INVALID", smack);
  }
  const { code, exit } = failure(() => plan({ scalars: { smack: "App" } }, { facts: { ...FACTS, uid: 1000 } }));
  assert.deepEqual([code, exit], ["E_NOT_PERMITTED", 5]);
});

Deno.test("labels for the exec come first in the program's process, whoever launches", () => {
  const scalars = { selinux: "u:r:t:s0:c1,c2", apparmor: "node//browser" };
  for (const uid of [0, 1000]) {
    const { operations } = plan({ scalars }, { facts: { ...FACTS, uid } });
    const fork = operations.findIndex(({ operation }) => operation === "fork");
    const first = operations.slice(fork + 1, fork + 3).map((each) =>
      each.operation === "exec-label" ? [each.module, each.label, each.phase] : each.operation
    );
    assert.deepEqual(first, [["selinux", scalars.selinux, "init"], ["apparmor", scalars.apparmor, "init"]]);
  }
});

Deno.test("what the kernel would take for another label, several or none is refused", () => {
  const refused = (key: "selinux" | "apparmor", label: string) =>
    assert.equal(failure(() => plan({ scalars: { [key]: label } })).code, "E_LABEL_INVALID", label);
  const contexts = ["", "t", "u:r:t", "u:r:t:", ":r:t:s0", "u:r:t:s0 ", "u:r:t\n:s0", `u:r:t:${"s".repeat(250)}`];
  contexts.forEach((label) => refused("selinux", label));
  const nothing = ["unconfined", ":ns:unconfined", ":ns://unconfined", ":ns:"];
  const profiles = ["", " a", "a ", "a\nb", "a\0", "é", "a//&b", "x".repeat(256), ...nothing];
  profiles.forEach((label) => refused("apparmor", label));
  for (const selinux of ["u:r:t:s0", "system_u:system_r:node_t:s0-s15:c0.c1023"]) plan({ scalars: { selinux } });
  for (const apparmor of ["node", "/usr/bin/a b", "a//b", ":ns:node", ":ns://node", "x".repeat(255)]) {
    plan({ scalars: { apparmor } });
  }
});

Deno.test("all problems are reported at once, in one error about the configuration", () => {
  const error = failure(() =>
    plan({
      exports: [{ mode: "Public", mount: "/", path: "/srv" }, { mode: "Tmpfs", mount: "x", path: "" }],
      scalars: { umask: "9", "set-user": "nobody-knows", smack: "a b", hostname: "a\0" },
      capabilities: [{ cap: "CAP_CHOWM", add: true }],
      environ: [{ mode: "Static", key: "K", value: "\0" }],
    })
  );
  assert.deepEqual([error.code, error.exit], ["E_PLAN", 3]);
  assert.deepEqual(error.problems.map(({ code }) => code).sort(), [
    "E_CAPABILITY_UNKNOWN",
    "E_EXPORT_MOUNT",
    "E_EXPORT_ROOT",
    "E_HOSTNAME_INVALID",
    "E_LABEL_INVALID",
    "E_TEXT_INVALID",
    "E_UMASK_INVALID",
  ]);
  for (const { code, where } of error.problems) assert.ok(where, code);
});

Deno.test("commands are pending until their output is known; warnings stay", () => {
  const where = { file: "f", line: 1, column: 1 };
  const command = { command: "c", use: "export", where } as const;
  const warning = { code: "W_X", message: "x" };
  const rest = { pending: [command], warnings: [warning] };
  assert.deepEqual(plan({ rest }).pending, [command]);
  assert.deepEqual(plan({ rest }, { outputs: new Map([["c", ""]]) }).pending, []);
  assert.deepEqual(plan({ rest }).warnings, [warning]);
  const merge = { pending: [{ ...command, use: "environ" } as const] };
  const late = plan({ rest: merge }, { outputs: new Map([["c", ""]]) });
  assert.deepEqual(late.pending, merge.pending, "only merging again replaces it");
});

Deno.test("a program has no capability that is not added, in any set, whoever launches it", () => {
  const sets = ({ bounding, effective, permitted, inheritable, ambient }: ReturnType<typeof capabilities>) => [
    bounding,
    effective,
    permitted,
    inheritable,
    ambient,
  ];
  const capabilities = (config: ConfigFixture, uid = 0) => only(plan(config, { facts: { uid } }), "capabilities");
  for (const uid of [0, 1000]) assert.deepEqual(sets(capabilities({}, uid)), [[], [], [], [], []]);
  const added = [{ cap: "net_raw", add: true }, { cap: "Cap_Chown", add: true }];
  for (const set of sets(capabilities({ capabilities: added }))) assert.deepEqual(set, ["CAP_CHOWN", "CAP_NET_RAW"]);
});

Deno.test("ALL counts before the others, wherever it stands", () => {
  const bounding = (...entries: (readonly [string, boolean])[]) =>
    only(plan({ capabilities: entries.map(([cap, add]) => ({ cap, add })) }), "capabilities").bounding;
  assert.deepEqual(
    bounding(["CAP_CHOWN", false], ["all", true]),
    CAPABILITIES.filter((name) => name !== "CAP_CHOWN"),
  );
  assert.deepEqual(bounding(["CAP_CHOWN", true], ["ALL", false]), ["CAP_CHOWN"]);
});

Deno.test("an unknown capability is an error that suggests the right one", () => {
  const error = failure(() => plan({ capabilities: [{ cap: "net_admn", add: false }] }));
  assert.deepEqual([error.code, error.exit, error.where?.line], ["E_CAPABILITY_UNKNOWN", 3, 1]);
  assert.deepEqual(error.hints, ['did you mean "CAP_NET_ADMIN"?']);
});
