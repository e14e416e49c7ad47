import assert from "node:assert/strict";
import type { LiveCgroups, LiveNode, LiveProcess } from "../plan/live_node.ts";
import { CAPABILITIES, type Operation } from "../plan/operation.ts";
import { MAX_SIZE } from "../plan/binary_format.ts";
import { findDrift } from "./find_drift.ts";

const WHERE = { file: "/n/etc/redpak.yaml", line: 3, column: 5 };
const NONE = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] } as const;
const NAMESPACES = { mount: "mnt:[2]", net: "net:[1]", user: "user:[2]" } as const;

const OPERATIONS: readonly Operation[] = [
  {
    operation: "root",
    phase: "host",
    mode: 0o755,
    uid: 0,
    gid: 0,
    options: ["nosuid", "nodev"],
    size: 65_537n,
    inodes: 64,
  },
  {
    operation: "bind",
    phase: "host",
    source: { path: "/usr" },
    destination: "/usr",
    options: ["ro", "nosuid", "nodev"],
    optional: false,
    isFile: false,
    isDevice: false,
    origin: WHERE,
  },
  {
    operation: "clone",
    phase: "init",
    namespaces: ["mount", "user"],
    uidMaps: [{ inside: 0, outside: 300_000, count: 65_536 }],
    gidMaps: [],
    denySetgroups: false,
  },
  {
    operation: "cgroup",
    phase: "host",
    root: "",
    path: ["redpak", "node-n"],
    controllers: ["memory"],
    settings: ["memory.max=64M"],
    optional: false,
    origin: WHERE,
  },
  {
    operation: "enter-cgroup",
    phase: "init",
    source: { path: "redpak/node-n" },
    levels: 2,
    settings: ["pids.max=512"],
    optional: false,
  },
  { operation: "hostname", phase: "init", name: "box", origin: WHERE },
  { operation: "fork", phase: "init" },
  { operation: "rlimit", phase: "init", resource: 7, soft: 1024n, hard: MAX_SIZE, unless: "" },
  { operation: "identity", phase: "init", uid: 5, gid: 0, groups: [], dropGroups: true },
  { operation: "capabilities", phase: "init", ...NONE },
  { operation: "no-new-privileges", phase: "init" },
  { operation: "seccomp", phase: "init", profile: "default", filter: [] },
  { operation: "smack", phase: "init", label: "System" },
  { operation: "exec", phase: "init", arguments: ["sleep"], environment: ["A=b"] },
];

const OWN = "/redpak/node-n/run-8";

function groups(node: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>): LiveCgroups {
  return {
    own: { path: OWN, files: new Map(Object.entries(own)) },
    above: new Map([["redpak/node-n", { path: "/redpak/node-n", files: new Map(Object.entries(node)) }]]),
  };
}

function process(role: LiveProcess["role"], change: Partial<LiveProcess> = {}, fields: object = {}): LiveProcess {
  const status = {
    Uid: "300005 300005 300005 300005",
    CapEff: "0",
    CapPrm: "0",
    CapBnd: "0",
    NoNewPrivs: "1",
    ...fields,
  };
  const limits = [...Array(7).fill({ soft: 1n, hard: 2n }), { soft: 1024n, hard: 4096n }];
  return {
    pid: 9,
    command: "x",
    role,
    status: new Map(Object.entries(status)),
    namespaces: NAMESPACES,
    limits,
    uidMaps: [{ inside: 0, outside: 300_000, count: 65_536 }],
    gidMaps: [],
    setgroups: "allow",
    oomScoreAdjustment: 0,
    nice: 0,
    label: "System",
    cgroup: OWN,
    arguments: ["sleep"],
    environment: ["A=b", "PWD=/"],
    ...change,
  };
}

const HOST = {
  mountPoint: "/",
  device: "8:1",
  root: "/",
  type: "ext4",
  propagation: "",
  options: new Set(["rw"]),
  superOptions: new Set(["rw"]),
};
const USR = {
  mountPoint: "/usr",
  device: "8:1",
  root: "/usr",
  type: "ext4",
  propagation: "",
  options: new Set(["ro", "nosuid", "nodev"]),
  superOptions: new Set(["rw"]),
};
const TOP = {
  mountPoint: "/",
  device: "0:9",
  root: "/",
  type: "tmpfs",
  options: new Set(["rw", "nosuid", "nodev"]),
  propagation: "",
  // With pages of 4 KiB.
  superOptions: new Set(["rw", "size=68k", "nr_inodes=64", "mode=755"]),
};

function live(change: Partial<LiveNode> = {}): LiveNode {
  return {
    mounts: [TOP, USR],
    hostMounts: [HOST],
    devices: new Map(),
    sources: new Map([["/usr", "/usr"]]),
    laterSources: new Set(),
    covered: new Set(),
    namespaceFiles: new Map(),
    hostNamespaces: { mount: "mnt:[1]", net: "net:[1]", user: "user:[1]" },
    hostName: "box",
    interfaces: ["lo"],
    processes: [process("init", {}, { CapBnd: "1ffffffffff" }), process("program")],
    cgroups: groups({ "memory.max": "67108864", "memory.high": "max" }, { "pids.max": "512" }),
    ...change,
  };
}

function subjects(change: Partial<LiveNode>, operations = OPERATIONS): string[] {
  const plan = {
    version: 1,
    node: "/n",
    alias: "n",
    admin: false,
    pending: [],
    warnings: [],
    operations,
  } as const;
  return findDrift(plan, live(change)).map(({ subject, where }) => `${subject}${where === undefined ? "" : " @"}`);
}

const init = process("init");
const other = (change: Partial<LiveProcess>, fields: object = {}) => ({
  processes: [init, process("program"), process("other", change, fields)],
});
const program = (change: Partial<LiveProcess>, fields: object = {}) => ({
  processes: [init, process("program", change, fields)],
});

Deno.test("a node that is as planned has no drift", () => {
  assert.deepEqual(subjects({}), []);
  assert.deepEqual(subjects(other({ role: "helper" }, { CapEff: "20" })), []);
});

Deno.test("mounts are compared by place, restrictions and origin, and named with their line", () => {
  assert.deepEqual(subjects({ mounts: [TOP] }), ["mount /usr @"]);
  assert.deepEqual(subjects({ mounts: [TOP, { ...USR, options: new Set(["nosuid", "nodev"]) }] }), ["mount /usr @"]);
  assert.deepEqual(subjects({ mounts: [TOP, { ...USR, options: new Set([...USR.options, "noexec"]) }] }), [
    "mount /usr @",
  ]);
  assert.deepEqual(subjects({ mounts: [TOP, { ...USR, root: "/etc" }] }), ["mount /usr @"]);
  assert.deepEqual(subjects({ mounts: [TOP, USR, { ...TOP, mountPoint: "/usr" }] }), ["mount /usr"]);
  assert.deepEqual(subjects({ mounts: [TOP, USR, { ...TOP, mountPoint: "/x" }] }), ["mount /x"]);
  assert.deepEqual(subjects({ mounts: [TOP, { ...USR, propagation: "shared:1" }] }), ["mount /usr @"]);
});

Deno.test("an optional mount is missed if its source was there when the node was started", () => {
  const optional = OPERATIONS.map((each) => each.operation === "bind" ? { ...each, optional: true } : each);
  assert.deepEqual(subjects({ mounts: [TOP] }, optional), ["mount /usr @"]);
  assert.deepEqual(subjects({ mounts: [TOP], laterSources: new Set(["/usr"]) }, optional), []);
  assert.deepEqual(subjects({ mounts: [TOP], sources: new Map() }, optional), []);
});

Deno.test("what is covered in /proc is missed where the kernel has it", () => {
  for (const operation of ["protect", "mask"] as const) {
    const operations: Operation[] = [...OPERATIONS, { operation, phase: "init", destination: "/proc/sys" }];
    assert.deepEqual(subjects({ covered: new Set(["/proc/sys"]) }, operations), ["mount /proc/sys"]);
    assert.deepEqual(subjects({}, operations), []);
  }
});

Deno.test("a tmpfs holds what is planned, as the kernel counts it", () => {
  const found = (...superOptions: string[]) =>
    subjects({ mounts: [{ ...TOP, superOptions: new Set(superOptions) }, USR] });
  assert.deepEqual(found("rw", "size=128k", "nr_inodes=64"), [], "with pages of 64 KiB");
  for (const options of [["size=132k", "nr_inodes=64"], ["size=68k", "nr_inodes=65"], ["size=68k"], ["rw"]]) {
    assert.deepEqual(found(...options), ["mount /"], options.join());
  }
});

Deno.test("a procfs that is to show only processes does", () => {
  const procfs: Operation = { operation: "procfs", phase: "init", destination: "/proc", onlyPids: true };
  const options = new Set(["rw", "nosuid", "nodev", "noexec"]);
  const found = (superOptions: string[], onlyPids = true) => {
    const proc = { mountPoint: "/proc", device: "0:8", root: "/", type: "proc", propagation: "", options };
    const mounts = [TOP, USR, { ...proc, superOptions: new Set(["rw", ...superOptions]) }];
    return subjects({ mounts }, [...OPERATIONS, { ...procfs, onlyPids }]);
  };
  assert.deepEqual(found(["hidepid=invisible", "subset=pid"]), []);
  assert.deepEqual(found([], false), []);
  for (const options of [[], ["subset=pid"], ["hidepid=invisible"], ["hidepid=noaccess", "subset=pid"]]) {
    assert.deepEqual(found(options), ["mount /proc"], options.join());
  }
});

Deno.test("a mount of the host below a source belongs to the bind, if it is as restricted", () => {
  const below = { ...HOST, mountPoint: "/usr/local", device: "8:2" };
  const change = { hostMounts: [HOST, below] };
  assert.deepEqual(subjects({ ...change, mounts: [TOP, USR, { ...below, options: USR.options }] }), []);
  assert.deepEqual(subjects({ ...change, mounts: [TOP, USR, below] }), ["mount /usr/local"]);
});

Deno.test("namespaces are the node's or the host's, as planned, and all processes are in them", () => {
  const shared = { ...NAMESPACES, mount: "mnt:[1]" };
  assert.deepEqual(subjects({ processes: [process("init", { namespaces: shared })] }), ["mount namespace"]);
  const own = { ...NAMESPACES, net: "net:[5]" };
  assert.deepEqual(subjects({ processes: [process("init", { namespaces: own })] }), ["net namespace"]);
  assert.deepEqual(subjects(other({ namespaces: own })), ["process 9 (x)"]);
  assert.deepEqual(subjects(other({ namespaces: {} })), [], "hidden");
});

Deno.test("every process is held to the program's confinement", () => {
  for (const make of [program, other]) {
    assert.deepEqual(subjects(make({}, { CapEff: "1" })), ["CapEff of process 9 (x)"]);
    assert.deepEqual(subjects(make({}, { CapBnd: (1n << 40n).toString(16) })), ["CapBnd of process 9 (x)"]);
    assert.deepEqual(subjects(make({}, { NoNewPrivs: "0" })), ["NoNewPrivs of process 9 (x)"]);
    assert.deepEqual(subjects(make({}, { Seccomp: "0" })), ["Seccomp of process 9 (x)"]);
    assert.deepEqual(subjects(make({ label: "_" })), ["label of process 9 (x)"]);
  }
  assert.equal(CAPABILITIES.length, 41, "the last has the number 40");
});

Deno.test("labels are compared as their security module shows them", () => {
  const labelled = (module: string, label: string, found: string | undefined) =>
    subjects(program({ label: found }), [
      ...OPERATIONS.filter(({ operation }) => operation !== "smack"),
      { operation: "exec-label", phase: "init", module, label, origin: WHERE },
    ]);
  assert.deepEqual(labelled("apparmor", "node", "node (enforce)"), []);
  assert.deepEqual(labelled("apparmor", "node", "node (kill)"), []);
  assert.deepEqual(labelled("apparmor", "node", undefined), [], "hidden");
  for (const found of ["node (complain)", "other (enforce)", "unconfined", "node (unconfined)"]) {
    assert.deepEqual(labelled("apparmor", "node", found), ["label of process 9 (x) @"], found);
  }
  assert.deepEqual(labelled("selinux", "u:r:t:s0", "u:r:t:s0"), []);
  assert.deepEqual(labelled("selinux", "u:r:t:s0", "u:r:other:s0"), ["label of process 9 (x) @"]);
});

Deno.test("init keeps nothing but the right to end the others", () => {
  assert.deepEqual(subjects({ processes: [process("init", {}, { CapEff: "20" })] }), []);
  assert.deepEqual(subjects({ processes: [process("init", {}, { CapEff: "21" })] }), ["CapEff of process 9 (x)"]);
});

Deno.test("a limit that stands in for one of the control group is there, or the launcher's", () => {
  const standIn: Operation = {
    operation: "rlimit",
    phase: "init",
    resource: 6,
    soft: 1n,
    hard: 1n,
    unless: "pids.max",
  };
  const found = (soft: bigint, hard: bigint) => {
    const limits = process("program").limits.with(6, { soft, hard });
    return subjects(program({ limits }), [...OPERATIONS, standIn]);
  };
  assert.deepEqual([found(1n, 1n), found(1n, 2n)], [[], []]);
  assert.deepEqual(found(2n, 2n), ["limit nproc of process 9 (x)"]);
});

Deno.test("limits are the planned ones, or the launcher's", () => {
  const limits = [...process("program").limits];
  assert.deepEqual(subjects(program({ limits: [...limits.slice(0, 7), { soft: 2048n, hard: 4096n }] })), [
    "limit nofile of process 9 (x)",
  ]);
  assert.deepEqual(subjects(program({ limits: [{ soft: 0n, hard: 0n }, ...limits.slice(1)] })), [
    "limit cpu of process 9 (x)",
  ]);
});

Deno.test("id maps, identity, host name, attributes and environment are compared", () => {
  const maps = [{ inside: 0, outside: 0, count: 1 }];
  assert.deepEqual(subjects({ processes: [process("init", { uidMaps: maps })] }), ["uid map"]);
  assert.deepEqual(subjects(program({}, { Uid: "0 0 0 0" })), ["Uid of process 9 (x)"]);
  assert.deepEqual(subjects({ hostName: "other" }), ["host name @"]);
  assert.deepEqual(subjects({ hostName: undefined }), [], "hidden");
  assert.deepEqual(subjects(program({ oomScoreAdjustment: 500 })), ["oom_score_adj of process 9 (x)"]);
  assert.deepEqual(subjects(program({ nice: -5 })), ["nice value of process 9 (x)"]);
  assert.deepEqual(subjects(program({ environment: ["A=c"] })), ["environment"]);
  assert.deepEqual(
    subjects(program({ environment: ["A=c"], arguments: ["other"] })),
    [],
    "it has executed another program",
  );
});

Deno.test("limits are those of the plan in each group, and every process is in the node's", () => {
  const [node, own] = [{ "memory.max": "67108864" }, { "pids.max": "512" }];
  const found = (...files: Parameters<typeof groups>) => subjects({ cgroups: groups(...files) });
  assert.deepEqual(found({ "memory.max": "max" }, own), ["memory.max of control group /redpak/node-n @"]);
  assert.deepEqual(found({}, own), ["memory.max of control group /redpak/node-n @"]);
  assert.deepEqual(found({ ...node, "memory.swap.max": "0" }, own), [
    "memory.swap.max of control group /redpak/node-n @",
  ]);
  assert.deepEqual(found(node, { "pids.max": "max" }), [`pids.max of control group ${OWN}`]);
  assert.deepEqual(subjects({ cgroups: { ...groups(node, own), above: new Map() } }), [
    "control group redpak/node-n @",
  ]);
  assert.deepEqual(subjects({ cgroups: undefined }), ["control group"]);
  for (const make of [program, other]) {
    assert.deepEqual(subjects(make({ cgroup: "/" })), ["control group of process 9 (x)"]);
    assert.deepEqual(subjects(make({ cgroup: `${OWN}1` })), ["control group of process 9 (x)"]);
    assert.deepEqual(subjects(make({ cgroup: `${OWN}/below` })), []);
    assert.deepEqual(subjects(make({ cgroup: undefined })), [], "hidden");
  }
});

Deno.test("the filter of the plan comes on top of those of the caller", () => {
  const count = (init: string | undefined, program: string) =>
    subjects({
      processes: [
        process("init", {}, init === undefined ? {} : { Seccomp_filters: init }),
        process("program", {}, { Seccomp_filters: program }),
      ],
    });
  assert.deepEqual(count("0", "1"), []);
  assert.deepEqual(count("2", "5"), [], "a program may add some");
  assert.deepEqual(count("2", "2"), ["Seccomp_filters of process 9 (x)"]);
  assert.deepEqual(count(undefined, "0"), [], "Linux before 5.9");
});

Deno.test("a program that is PID 1 is compared without an init, and nothing else for it", () => {
  const operations = OPERATIONS.map((operation): Operation =>
    operation.operation === "fork" ? { operation: "become-program", phase: "init" } : operation
  );
  const alone = (change: Partial<LiveProcess>, fields: object = {}) =>
    subjects({ processes: [process("program", change, fields)] }, operations);
  assert.deepEqual(alone({}, { Seccomp: "2", Seccomp_filters: "1" }), []);
  assert.deepEqual(alone({}, { CapEff: "20" }), ["CapEff of process 9 (x)"]);
  assert.deepEqual(alone({ cgroup: "/" }), ["control group of process 9 (x)"]);
  const helper = [process("program"), process("helper", {}, { CapEff: "1" })];
  assert.deepEqual(subjects({ processes: helper }, operations), ["CapEff of process 9 (x)"]);
});

Deno.test("a device is compared by its kind and numbers, and is a mount", () => {
  const device: Operation<"device"> = {
    operation: "device",
    phase: "host",
    source: { path: "/dev/a" },
    destination: "/dev/a",
    access: "rw",
    uid: 0,
    gid: 0,
    optional: false,
    origin: WHERE,
  };
  const look = (found: string, options = ["nosuid", "noexec"]) => {
    const mount = { ...HOST, mountPoint: "/dev/a", root: "/a", type: "tmpfs", options: new Set(["rw", ...options]) };
    const change = {
      mounts: [...live().mounts, mount],
      devices: new Map([["/dev/a", { expected: "char 1:2", found }]]),
    };
    return subjects(change, [...OPERATIONS, device]);
  };
  assert.deepEqual(look("char 1:2"), []);
  assert.deepEqual(look("block 1:2"), ["device /dev/a @"]);
  assert.deepEqual(look("char 1:2", ["nosuid"]), ["mount /dev/a @"]);
  assert.deepEqual(subjects({}, [...OPERATIONS, device]), ["mount /dev/a @"]);
});

Deno.test("a filter of devices is there where the launch has a group, and a needed one in any case", () => {
  const look = (optional: boolean, cgroups: LiveCgroups | undefined) =>
    subjects({ cgroups }, [
      ...OPERATIONS.filter(({ operation }) => !operation.endsWith("cgroup")),
      { operation: "device-filter", phase: "host", rules: [], optional },
    ]);
  const having = (deviceFilters: readonly string[] | undefined, deviceFilter?: string) => {
    const { own, above } = groups({}, {});
    return { own: { ...own, deviceFilters }, above, deviceFilter };
  };
  for (const optional of [true, false]) {
    assert.deepEqual(look(optional, having(["a"], "a")), []);
    assert.deepEqual(look(optional, having(["a"])), [], "whatever it lets pass, where no other can be made");
    for (const found of [[], ["b"], ["a", "b"], ["a", "a"], ["b", "a"]]) {
      assert.deepEqual(look(optional, having(found, "a")), ["filter of devices"], found.join());
    }
    assert.deepEqual(look(optional, having(["a", "b"])), ["filter of devices"]);
    assert.deepEqual(look(optional, having(undefined)), [], "hidden from the caller");
  }
  assert.deepEqual(look(true, undefined), []);
  assert.deepEqual(look(false, undefined), ["filter of devices"]);
});

Deno.test("limits that nobody asked for are compared where there is a controller for them", () => {
  const own = (optional: boolean, files: Record<string, string>) =>
    subjects({ cgroups: groups({ "memory.max": "67108864", "memory.high": "max" }, files) }, [
      ...OPERATIONS.map((operation) => operation.operation === "enter-cgroup" ? { ...operation, optional } : operation),
    ]);
  const subject = [`pids.max of control group ${OWN}`];
  assert.deepEqual(own(true, {}), []);
  assert.deepEqual(own(false, {}), subject);
  assert.deepEqual(own(true, { "pids.max": "max" }), subject);
});
