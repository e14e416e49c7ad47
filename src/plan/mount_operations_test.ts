import * as assert from "node:assert/strict";
import { makeFamily } from "../config/_fixtures.ts";
import type { MergedExport } from "../config/merged.ts";
import { EXPORT_MODES, type ExportMode, type Sharing } from "../config/schema.ts";
import { all, BASE, type ConfigFixture, failure, mounts, only, plan, type RequestFixture } from "./_fixtures.ts";

/** The operations of one export, without the fields that are the same in all these tests. */
function exported(value: MergedExport, config: ConfigFixture = {}, request: RequestFixture = {}) {
  const { host, init } = mounts(plan({ ...config, exports: [value] }, request));
  return [...host, ...init].map(({ origin, ...operation }) => {
    assert.deepEqual(origin, { file: "/n/etc/redpak.yaml", line: 1, column: 1 });
    return operation;
  });
}

const ON_DISK = { uid: 1000, gid: 29 };
const OWNER = { uid: BASE + 1000, gid: BASE + 29 };
const identity: ConfigFixture = { scalars: { "set-user": "alice", "set-group": "audio" } };

function bindOf(mode: ExportMode) {
  return exported({ mode, mount: "/bin", path: "/usr/bin" });
}

function bind(isFile: boolean, ...options: string[]) {
  const [source, destination] = [{ path: "/usr/bin" }, "/bin"];
  return [{ operation: "bind", phase: "host", source, destination, options, optional: false, isFile, isDevice: false }];
}

Deno.test("Public, Private and their files are bound writable, with the owners that are on the disk", () => {
  for (const mode of ["Public", "Private"] as const) {
    assert.deepEqual(bindOf(mode), bind(false, "nosuid", "nodev", "idmap"), mode);
  }
  for (const mode of ["PublicFile", "PrivateFile"] as const) {
    assert.deepEqual(bindOf(mode), bind(true, "nosuid", "nodev", "idmap"), mode);
  }
});

Deno.test("Restricted, PrivateRestricted and RestrictedFile are bound read-only", () => {
  for (const mode of ["Restricted", "PrivateRestricted"] as const) {
    assert.deepEqual(bindOf(mode), bind(false, "ro", "nosuid", "nodev"), mode);
  }
  assert.deepEqual(bindOf("RestrictedFile"), bind(true, "ro", "nosuid", "nodev"));
});

Deno.test("owners are those on the disk in read-only exports only where the files are the family's own", () => {
  const family = { rest: { family: makeFamily({ path: "/nodes/top/leaf" }, { path: "/nodes/top" }) } };
  for (
    const [path, isOwn] of [["/nodes/top/a", true], ["/nodes/top/../other", false], ["/nodes/topmost", false]] as const
  ) {
    const [bind] = exported({ mode: "Restricted", mount: "/m", path }, family);
    assert.equal(bind?.operation === "bind" && bind.options.includes("idmap"), isOwn, path);
  }
});

Deno.test("no mount gets other owners where ids inside are those of the host", () => {
  const value = { mode: "Public", mount: "/n", path: "/n/data" } as const;
  const user = { facts: { uid: 1000, gid: 100 } };
  for (
    const result of [
      plan({ exports: [value] }, { hostIds: true }),
      plan({ exports: [value] }, user),
      plan({ exports: [value], sharing: { user: "enabled" } }),
    ]
  ) {
    assert.deepEqual([only(result, "bind").options, all(result, "id-map")], [["nosuid", "nodev"], []]);
  }
});

Deno.test("no export mode makes a mount that honours set-user-id bits", () => {
  for (const mode of EXPORT_MODES) {
    for (const operation of exported({ mode, mount: "/m", path: mode === "Internal" ? "5" : "/s" })) {
      if ("options" in operation) assert.ok((operation.options as string[]).includes("nosuid"), mode);
    }
  }
});

Deno.test("a bind is optional only where the configuration says so", () => {
  const value = { mode: "Restricted", mount: "/lib64", path: "/lib64" } as const;
  assert.equal(only(plan({ exports: [{ ...value, optional: true }] }), "bind").optional, true);
  assert.equal(only(plan({ exports: [value] }), "bind").optional, false);
});

Deno.test("missing sources of directory modes are made before the root, once, with the owner and umask of the node", () => {
  const result = plan({
    scalars: { ...identity.scalars, umask: "027" },
    exports: [
      { mode: "Public", mount: "/a", path: "/s" },
      { mode: "Restricted", mount: "/b", path: "/t" },
      { mode: "Private", mount: "/c", path: "/s" },
    ],
  });
  assert.deepEqual(
    all(result, "ensure-directory").map(({ origin, ...operation }) => [operation, origin?.line]),
    [["/s", 1], ["/t", 2]].map(([path, line]) => [
      { operation: "ensure-directory", phase: "host", path, mode: 0o750, ...ON_DISK, smack: "", optional: false },
      line,
    ]),
  );
  const names = result.operations.map(({ operation }) => operation);
  assert.ok(names.lastIndexOf("ensure-directory") < names.indexOf("root"));
});

Deno.test("missing sources of other modes, and optional ones, are never made", () => {
  for (const mode of EXPORT_MODES) {
    const optional = ["Public", "Restricted", "Private"].includes(mode);
    const value = { mode, mount: "/m", path: mode === "Internal" ? "5" : "/s", ...(optional && { optional }) };
    assert.deepEqual(all(plan({ exports: [value] }), "ensure-directory"), [], mode);
  }
});

Deno.test("Anonymous is a directory of the program", () => {
  assert.deepEqual(exported({ mode: "Anonymous", mount: "/run", path: "/run" }, identity), [
    { operation: "directory", phase: "host", destination: "/run", mode: 0o755, ...OWNER },
  ]);
});

Deno.test("Symlink keeps the target as it is", () => {
  assert.deepEqual(exported({ mode: "Symlink", mount: "/lib", path: "usr//lib/../lib" }), [
    { operation: "symlink", phase: "host", target: "usr//lib/../lib", destination: "/lib" },
  ]);
});

Deno.test("Execfd is a file with the command's output, or its command until that is known", () => {
  const value = { mode: "Execfd", mount: "/etc/passwd", path: "getent passwd" } as const;
  const file = { operation: "file", phase: "host", destination: "/etc/passwd", mode: 0o666, uid: BASE, gid: BASE };
  assert.deepEqual(exported(value), [{ ...file, content: { command: "getent passwd" } }]);
  const outputs = new Map([["getent passwd", "root:x\n"]]);
  assert.deepEqual(exported(value, {}, { outputs }), [{ ...file, content: { text: "root:x\n" } }]);
});

Deno.test("an output with a NUL is refused, with the export's place", () => {
  const exports = [{ mode: "Execfd", mount: "/f", path: "c" }] as const;
  const error = failure(() => plan({ exports }, { outputs: new Map([["c", "a\0b"]]) }));
  assert.deepEqual([error.code, error.where?.line, error.exit], ["E_TEXT_INVALID", 1, 3]);
});

Deno.test("Internal is a file with what a descriptor holds", () => {
  const [file] = exported({ mode: "Internal", mount: "/f", path: "12" });
  assert.deepEqual(file, {
    operation: "file",
    phase: "host",
    content: { descriptor: 12 },
    destination: "/f",
    mode: 0o666,
    uid: BASE,
    gid: BASE,
  });
});

Deno.test("Internal without the number of a descriptor is refused", () => {
  for (const path of ["", "x", "-1", "1.5", "0x10", "2147483648", " 3"]) {
    const error = failure(() => plan({ exports: [{ mode: "Internal", mount: "/f", path }] }));
    assert.deepEqual([error.code, error.exit, error.where?.line], ["E_EXPORT_DESCRIPTOR", 3, 1], path);
  }
});

Deno.test("Tmpfs is a tmpfs of the program", () => {
  assert.deepEqual(exported({ mode: "Tmpfs", mount: "/tmp", path: "/tmp" }, identity), [
    {
      operation: "tmpfs",
      phase: "host",
      destination: "/tmp",
      mode: 0o755,
      ...OWNER,
      options: ["nosuid", "nodev", "noexec"],
      size: 2n ** 26n,
      inodes: 16_384,
    },
  ]);
});

const PROTECTED = ["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "dynamic_debug"].map((name) =>
  `/proc/${name}`
);

const MASKED = [
  ...["cmdline", "config.gz", "interrupts", "iomem", "ioports", "kallsyms", "kcore", "key-users", "keys", "kmsg"],
  ...[
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "sched_debug",
    "slabinfo",
    "timer_list",
    "vmallocinfo",
  ],
].map((name) => `/proc/${name}`);

Deno.test("Procfs is mounted by the node's init, protected, and shows nothing of the kernel's inside", () => {
  const { host, init } = mounts(plan({ exports: [{ mode: "Procfs", mount: "/proc", path: "/proc" }] }));
  assert.deepEqual(host, []);
  assert.deepEqual(init.map(({ origin: _, ...operation }) => operation), [
    { operation: "procfs", phase: "init", destination: "/proc", onlyPids: false },
    ...PROTECTED.map((destination) => ({ operation: "protect", phase: "init", destination })),
    ...MASKED.map((destination) => ({ operation: "mask", phase: "init", destination })),
  ]);
});

Deno.test("Procfs with nothing but processes has nothing to hide, and is no other's", () => {
  const config: ConfigFixture = {
    exports: [{ mode: "Procfs", mount: "/proc", path: "/proc" }],
    scalars: { proc: "pid" },
  };
  const { host, init } = mounts(plan(config));
  assert.deepEqual([...host, ...init].map(({ origin: _, ...operation }) => operation), [
    { operation: "procfs", phase: "init", destination: "/proc", onlyPids: true },
  ]);
  const { code, where } = failure(() => plan({ ...config, sharing: { pid: "enabled" } }));
  assert.deepEqual([code, where?.line], ["E_PROC_SHARED", 1]);
  plan({ scalars: config.scalars!, sharing: { pid: "enabled" } });
});

Deno.test("Procfs without own process ids is the host's, protected", () => {
  for (const pid of ["enabled", { join: "/proc/7/ns/pid" }] as const) {
    const exports = [{ mode: "Procfs", mount: "/proc", path: "/proc" }] as const;
    const { host, init } = mounts(plan({ exports, sharing: { pid } }));
    assert.deepEqual(init, []);
    assert.deepEqual(host.map(({ origin: _, ...operation }) => operation), [
      {
        operation: "bind",
        phase: "host",
        source: { path: "/proc" },
        destination: "/proc",
        options: ["nosuid", "nodev", "noexec"],
        optional: false,
        isFile: false,
        isDevice: false,
      },
      ...PROTECTED.map((destination) => ({ operation: "protect", phase: "host", destination })),
      ...MASKED.map((destination) => ({ operation: "mask", phase: "host", destination })),
    ]);
  }
});

Deno.test("Devfs holds usable devices, links, shared memory, pseudo-terminals, and the console of a terminal", () => {
  const value = { mode: "Devfs", mount: "/dev", path: "/dev" } as const;
  const operations = exported(value, identity, { facts: { terminal: true } });
  assert.deepEqual(operations[0], {
    operation: "tmpfs",
    phase: "host",
    destination: "/dev",
    mode: 0o755,
    ...OWNER,
    options: ["nosuid", "nodev", "noexec"],
    size: 65_536n,
    inodes: 1024,
  });
  const lines = operations.slice(1).map((operation) =>
    operation.operation === "bind"
      ? `${JSON.stringify(operation.source)} ${operation.destination} ${operation.options}`
      : operation.operation === "symlink"
      ? `${operation.destination} -> ${operation.target}`
      : `${operation.operation} ${"destination" in operation ? operation.destination : ""}`
  );
  assert.deepEqual(lines, [
    ...["null", "zero", "full", "random", "urandom", "tty"].map((name) =>
      `{"path":"/dev/${name}"} /dev/${name} nosuid,noexec`
    ),
    "/dev/stdin -> /proc/self/fd/0",
    "/dev/stdout -> /proc/self/fd/1",
    "/dev/stderr -> /proc/self/fd/2",
    "/dev/fd -> /proc/self/fd",
    "/dev/core -> /proc/kcore",
    "/dev/ptmx -> pts/ptmx",
    "tmpfs /dev/shm",
    "devpts /dev/pts",
    '{"descriptor":1} /dev/console nosuid,noexec',
  ]);
  assert.equal(exported(value).length, operations.length - 1, "without a terminal there is no console");
});

Deno.test("Mqueue is mounted by the node's init, unless the queues are the launcher's", () => {
  const queues = { mode: "Mqueue", mount: "/dev/mqueue", path: "/dev/mqueue" } as const;
  const mounted = (ipc: Sharing) => exported(queues, { sharing: { ipc } });
  const operation = { operation: "mqueue", destination: "/dev/mqueue" };
  assert.deepEqual(mounted("disabled"), [{ ...operation, phase: "init" }]);
  assert.deepEqual(mounted({ join: "/proc/7/ns/ipc" }), [{ ...operation, phase: "init" }]);
  assert.deepEqual(mounted("enabled"), [{ ...operation, phase: "host" }]);
});

Deno.test("Lock locks after all mounts, in the node's init", () => {
  const exports = [
    { mode: "Lock", mount: "/a/lock", path: "/a/lock" },
    { mode: "Procfs", mount: "/proc", path: "/proc" },
  ] as const;
  const names = plan({ exports }).operations.map(({ operation }) => operation);
  assert.ok(names.indexOf("lock") > names.indexOf("detach-old-root"));
  assert.ok(names.indexOf("lock") < names.indexOf("fork"));
  assert.equal(only(plan({ exports }), "lock").destination, "/a/lock");
});

Deno.test("what lies below a mount of the node's init waits for it, and belongs to the ids inside", () => {
  const { host, init } = mounts(plan({
    scalars: { "set-user": "alice", "map-root-user": 1 },
    exports: [
      { mode: "Procfs", mount: "/proc", path: "/proc" },
      { mode: "Restricted", mount: "/proc/cpuinfo", path: "/etc/cpuinfo" },
      { mode: "Tmpfs", mount: "/proc/scsi", path: "/proc/scsi" },
      { mode: "Tmpfs", mount: "/process", path: "/process" },
    ],
  }));
  const show = (operations: typeof host) =>
    operations.filter(({ operation }) => operation !== "protect" && operation !== "mask").map((operation) => [
      operation.operation,
      "destination" in operation && operation.destination,
      "uid" in operation ? operation.uid : undefined,
      operation.phase,
    ]);
  assert.deepEqual(show(init), [
    ["procfs", "/proc", undefined, "init"],
    ["bind", "/proc/cpuinfo", undefined, "init"],
    ["tmpfs", "/proc/scsi", 0, "init"],
  ]);
  assert.deepEqual(show(host), [["tmpfs", "/process", BASE, "host"]]);
});

Deno.test("exports keep the order of the merged configuration", () => {
  const exports = ["/a", "/a/b", "/b"].map((mount) => ({ mode: "Tmpfs", mount, path: mount }) as const);
  assert.deepEqual(all(plan({ exports }), "tmpfs").map(({ destination }) => destination), ["/a", "/a/b", "/b"]);
});

Deno.test("mounts are normalised", () => {
  for (const [mount, normal] of [["/a/", "/a"], ["//a///b", "/a/b"], ["/./a/.", "/a"], ["/..a", "/..a"]] as const) {
    const result = plan({ exports: [{ mode: "Tmpfs", mount, path: mount }] });
    assert.equal(only(result, "tmpfs").destination, normal);
  }
});

Deno.test("nothing can be exported to the root of the node", () => {
  for (const mode of EXPORT_MODES) {
    for (const mount of ["/", "//", "/."]) {
      const error = failure(() => plan({ exports: [{ mode, mount, path: "/s" }] }));
      assert.deepEqual([error.code, error.exit, error.where?.line], ["E_EXPORT_ROOT", 3, 1], `${mode} ${mount}`);
    }
  }
});

Deno.test("mounts that could mislead are refused", () => {
  for (const mount of ["", "a", "./a", "/a/../b", "/..", "/a\0", "/a\nb", "/\u001b[2J", "/a\u007f", "/\ud800"]) {
    const error = failure(() => plan({ exports: [{ mode: "Tmpfs", mount, path: "" }] }));
    assert.deepEqual([error.code, error.exit, error.where?.line], ["E_EXPORT_MOUNT", 3, 1], JSON.stringify(mount));
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
  }
});

Deno.test("sources are absolute", () => {
  for (const path of ["", "a", "../a", "$HOME"]) {
    const error = failure(() => plan({ exports: [{ mode: "Public", mount: "/a", path }] }));
    assert.deepEqual([error.code, error.where?.line], ["E_EXPORT_SOURCE", 1], path);
  }
});

Deno.test("text that waits for a command is not judged", () => {
  const where = { file: "f", line: 1, column: 1 };
  const pending = ["pwd", "id -u"].map((command) => ({ command, use: "substitution", where }) as const);
  const result = plan({
    exports: [
      { mode: "Public", mount: "$(pwd)/a", path: "$(pwd)" },
      { mode: "Internal", mount: "/f", path: "$(id -u)" },
    ],
    rest: { pending },
  });
  assert.deepEqual(only(result, "bind").destination, "$(pwd)/a");
  assert.deepEqual(result.pending, pending);
});

Deno.test("mounts that are not normalised, as redpak 2.5 has them, become plain destinations in their order", () => {
  const exports = ["//a/./b", "/a/", "/a/b/"].map((mount): MergedExport => ({ mode: "Tmpfs", mount, path: mount }));
  assert.deepEqual(all(plan({ exports }), "tmpfs").map(({ destination }) => destination), ["/a/b", "/a", "/a/b"]);
  for (const mount of ["/", "//", "/./", "/a/../..", "a"]) {
    const { code } = failure(() => plan({ exports: [{ mode: "Tmpfs", mount, path: mount }] }));
    assert.match(code, /^E_EXPORT_(?:ROOT|MOUNT)$/, mount);
  }
});

Deno.test("nosymfollow is an option of binds and of a tmpfs, and of no other mode, and needs Linux 5.14", () => {
  const entry = { mount: "/d", path: "/n/d", nosymfollow: true } as const;
  const made = (kernel?: string) =>
    plan({ exports: [{ ...entry, mode: "Public" }, { ...entry, mode: "Tmpfs", mount: "/t" }] }, {
      facts: kernel === undefined ? {} : { kernel },
    });
  assert.deepEqual(only(made(), "bind").options, ["nosuid", "nodev", "nosymfollow", "idmap"]);
  assert.deepEqual(only(made(), "tmpfs").options, ["nosuid", "nodev", "noexec", "nosymfollow"]);
  assert.deepEqual(failure(() => made("5.13.19")).problems.map(({ code }) => code), [
    "E_KERNEL_FEATURE",
    "E_KERNEL_FEATURE",
  ]);
});
