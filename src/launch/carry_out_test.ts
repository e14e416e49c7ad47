import assert from "node:assert/strict";
import { Executed, type FakeFile, recordingKernel } from "../../ffi/libc/recording_kernel.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { intercept, type Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import type { Opened } from "../plan/hand_over.ts";
import { carryOut } from "./carry_out.ts";

const HOST: Readonly<Record<string, FakeFile>> = {
  "/nodes": "directory",
  "/nodes/a": "directory",
  "/usr": "directory",
  "/etc": "directory",
  "/etc/hosts": "file",
  "/dev": "directory",
  "/dev/zero": "device",
  "/var": "directory",
  "/run": "directory",
  "/run/ns": "file",
  "/proc/self/ns/mnt": "file",
  "/proc/77/uid_map": "file",
  "/proc/77/gid_map": "file",
  "/proc/77/ns/user": "file",
  "/proc/self/attr/smack/current": { content: "App" },
};

const WHERE = { file: "/nodes/a/etc/redpak.yaml", line: 7, column: 3 };

const own = { phase: "host", uid: 1000, gid: 1000 } as const;
const bind = (source: string, destination: string, phase: "host" | "init" = "host"): Operation => ({
  operation: "bind",
  phase,
  origin: WHERE,
  source: { path: source },
  destination,
  options: ["ro", "nosuid", "nodev"],
  optional: false,
  isFile: false,
  isDevice: false,
});

const device = (source: string, destination: string, change: Partial<Operation<"device">> = {}): Operation => ({
  operation: "device",
  origin: WHERE,
  source: { path: source },
  destination,
  access: "r",
  optional: false,
  ...own,
  ...change,
});

const MAPS = [{ inside: 0, outside: 0x7000_0000, count: 65_536 }];
const mapped = { ...bind("/var", "/mapped"), options: ["nosuid", "idmap"] } as Operation<"bind">;

/** One of everything. */
const OPERATIONS: readonly Operation[] = [
  { operation: "unshare", phase: "host", namespaces: ["mount"] },
  { operation: "make-private", phase: "host" },
  { operation: "ensure-directory", path: "/var/data/node", mode: 0o755, smack: "App", optional: false, ...own },
  { operation: "root", mode: 0o755, options: ["nosuid"], size: 2n ** 24n, inodes: 4096, ...own },
  bind("/usr", "/usr"),
  bind("/etc/hosts", "/etc/hosts"),
  bind("/var/data/node", "/data"),
  { operation: "id-map", phase: "host", uidMaps: MAPS, gidMaps: MAPS },
  mapped,
  { operation: "tmpfs", destination: "/dev", mode: 0o755, options: ["nosuid"], size: 0n, inodes: 0, ...own },
  { operation: "directory", destination: "/dev/shm", mode: 0o755, ...own },
  { operation: "symlink", phase: "host", target: "usr/lib", destination: "/lib" },
  { operation: "file", content: { text: "content" }, destination: "/etc/passwd", mode: 0o644, ...own },
  { operation: "devpts", phase: "host", destination: "/dev/pts" },
  device("/dev/zero", "/dev/x"),
  { operation: "protect", phase: "host", destination: "/usr" },
  { operation: "join", phase: "init", namespace: "net", source: { path: "/run/ns" } },
  bind("/usr", "/proc/late", "init"),
  { operation: "umask", phase: "init", mask: 0o22 },
  { operation: "smack", phase: "host", label: "App" },
];

function planOf(operations: readonly Operation[]): Plan {
  return { version: 1, node: "/nodes/a", alias: "a", admin: false, pending: [], warnings: [], operations };
}

interface Result {
  readonly thrown: unknown;
  readonly calls: readonly string[];
  readonly opened: Opened | undefined;
}

function run(
  operations: readonly Operation[],
  around?: Parameters<typeof intercept>[1],
  plan?: Partial<Plan>,
  files: typeof HOST = {},
): Result {
  const { kernel, calls } = recordingKernel({ ...HOST, ...files });
  let opened: Opened | undefined;
  const image = (given: Opened) => {
    opened = given;
    return new Uint8Array(300_000);
  };
  const used: Kernel = around === undefined ? kernel : intercept(kernel, around);
  try {
    carryOut({ ...planOf(operations), ...plan }, image, { kernel: used });
  } catch (thrown) {
    return { thrown, calls, opened };
  }
}

/** The error of a launch that must not have started anything. */
function refusal(...parameters: Parameters<typeof run>): RedpakError {
  const { thrown, calls } = run(...parameters);
  assert(thrown instanceof RedpakError, String((thrown as Error)?.stack));
  assert(!calls.some((call) => call.startsWith("execveat")), "the stage was started");
  return thrown;
}

Deno.test("a plan that works ends in the stage, with nothing of the launcher's arguments and environment", () => {
  const { thrown, calls } = run(OPERATIONS);
  assert(thrown instanceof Executed, String((thrown as Error)?.stack));
  assert.match(calls.at(-1) ?? "", /^execveat\(\d+, "", \["redpak"\], \[\], AT_EMPTY_PATH\)$/);
});

Deno.test("everything is taken from the host before anything is built", () => {
  const { calls } = run(OPERATIONS);
  const built = calls.findIndex((call) => call.startsWith('fsopen("tmpfs"'));
  const sources = ["/usr", "/etc/hosts", "/var/data/node", "/run/ns"].map((path) =>
    calls.findLastIndex((call) => call.startsWith("open") && call.includes(`(-100, "${path}"`))
  );
  assert(sources.every((index) => index >= 0 && index < built), `${sources} and ${built}`);
  assert(calls.findIndex((call) => call.startsWith("unshare")) < Math.min(...sources));
});

Deno.test("a device node has the numbers of the host's, an owner of its own, and is the only mount without nodev", () => {
  const { calls } = run(OPERATIONS);
  const made = calls.findIndex((call) => /^mknodat\(\d+, "x", 020400, 261\)$/.test(call));
  assert(made >= 0, calls.join("\n"));
  assert.match(calls.slice(made).join("\n"), /fchownat\(\d+, "", 1000, 1000, AT_EMPTY_PATH\)/);
  const remounts = calls.filter((call) => call.includes("MS_REMOUNT"));
  assert.equal(remounts.length, 1);
  assert.doesNotMatch(remounts[0]!, /NODEV/);
});

Deno.test("what is no device is refused, what is missing too unless it is optional", () => {
  for (const path of ["/etc/hosts", "/usr"]) {
    assert.equal(refusal([...OPERATIONS, device(path, "/dev/y")]).code, "E_DEVICE_NONE", path);
  }
  const missing = (optional: boolean) => [...OPERATIONS, device("/dev/none", "/dev/y", { optional })];
  assert.match(refusal(missing(false)).message, /^Cannot show the device "\/dev\/none": .* \(ENOENT\)$/);
  const { thrown, calls } = run(missing(true));
  assert(thrown instanceof Executed);
  assert.equal(calls.filter((call) => call.startsWith("mknodat")).length, 1);
});

Deno.test("a tmpfs has the limits of the plan, and of the kernel where that has none", () => {
  const { calls } = run(OPERATIONS);
  const limits = calls.filter((call) => /^fsconfig\(\d+, \d+, "(?:size|nr_inodes)"/.test(call));
  assert.deepEqual(limits.map((call) => call.match(/"\w+", "\d+"/)?.[0]), [
    '"size", "16777216"',
    '"nr_inodes", "4096"',
  ]);
});

Deno.test("a mount is restricted before it is attached", () => {
  const { calls } = run([...OPERATIONS.slice(0, 2), ...OPERATIONS.slice(3, 5)]);
  const restricted = calls.findIndex((call) =>
    /^mount_setattr\(\d+, .*attr_set=MOUNT_ATTR_RDONLY\|MOUNT_ATTR_NOSUID\|MOUNT_ATTR_NODEV/.test(call)
  );
  assert(restricted >= 0 && restricted < calls.findLastIndex((call) => call.startsWith("move_mount")));
});

Deno.test("a mount has its id map before anything can reach it, and the map's child is waited for", () => {
  const { calls } = run(OPERATIONS);
  const at = (pattern: RegExp) => calls.findIndex((call) => pattern.test(call));
  const order = [
    at(/^clone\(CLONE_NEWUSER\)/),
    at(/^openat\(-100, "\/proc\/77\/ns\/user"/),
    at(/^wait4\(77, /),
    at(/attr_set=MOUNT_ATTR_IDMAP/),
    at(/^move_mount\(\d/),
  ];
  assert.deepEqual(order, order.filter((index) => index >= 0).toSorted((a, b) => a - b));
});

Deno.test("a file system without id-mapped mounts stops the launch, and the error tells what to do", () => {
  const without = (name: string, args: readonly unknown[], proceed: () => number) => {
    if (name === "mount_setattr" && JSON.stringify(args[3]).includes('"attr_set":1048576')) {
      throw new SystemCallError(name, "EINVAL");
    }
    return proceed();
  };
  const { code, exit, where, hints } = refusal(OPERATIONS, without);
  assert.deepEqual([code, exit, where], ["E_KERNEL_FEATURE", 125, WHERE]);
  assert.match(hints.join("\n"), /share_user: enabled/);
  const old = refusal(OPERATIONS, (name, _, proceed) => {
    if (name === "mount_setattr") throw new SystemCallError(name, "ENOSYS");
    return proceed();
  });
  assert.deepEqual([old.code, old.errno], ["E_KERNEL_FEATURE", "ENOSYS"]);
});

Deno.test("an option for an id map without one is a defect of the plan", () => {
  assert.equal(refusal([...OPERATIONS.slice(0, 2), mapped]).code, "E_PLAN");
});

Deno.test("what the stage continues with stays open, all else is closed on exec", () => {
  const { calls, opened } = run(OPERATIONS);
  const { descriptors, home } = opened!;
  const inherited = calls.flatMap((call) => /^fcntl\((\d+), 2, 0\)$/.exec(call)?.[1] ?? []).map(Number);
  assert.deepEqual(inherited, [...descriptors.values(), home!.namespace, home!.root]);
  assert.deepEqual([...descriptors.keys()].map(({ operation }) => operation), ["join", "bind"]);
  const opening = calls.filter((call) =>
    /^(openat|openat2|open_tree|fsopen|fsmount|memfd_create)\(/.test(call) && !/\((-1|"")/.test(call)
  );
  assert.deepEqual(opening.filter((call) => !call.includes("CLOEXEC")), []);
});

Deno.test("the image is written completely and sealed before it is started", () => {
  const { calls } = run(OPERATIONS);
  const written = calls.flatMap((call) => /^write\(\d+, <(\d+) bytes>/.exec(call)?.[1] ?? []).map(Number);
  const others = ["content", "App", "0 1879048192 65536\n", "0 1879048192 65536\n"].join("").length;
  assert.equal(written.reduce((sum, size) => sum + size), 300_000 + others);
  assert.match(calls.findLast((call) => /^fcntl\(\d+, 1033, /.test(call)) ?? "", /, 15\)$/);
});

// One failing call at a time, for every call that there is, until none is left to fail.
for (const errno of ["EPERM", "ENOMEM", "ENOSPC", "EIO", "EINTR"]) {
  Deno.test(`whichever call fails with ${errno}, the stage is not started`, () => {
    for (let target = 1;; target++) {
      let count = 0;
      let failed = "";
      const result = run(OPERATIONS, (name, args, proceed) => {
        // Whether a call exists is asked with arguments that fail anyhow.
        const isProbe = args[0] === -1 || args[0] === "";
        if (isProbe || ++count !== target) return proceed();
        failed = name;
        throw new SystemCallError(name, errno);
      });
      if (failed === "") {
        assert(target > 100, `only ${target} calls`);
        return;
      }
      const { thrown, calls } = result;
      assert(thrown instanceof RedpakError, `call ${target}, ${failed}: ${(thrown as Error).stack}`);
      assert(!calls.some((call) => call.startsWith("execveat")), `call ${target}, ${failed}`);
      assert.equal(thrown.errno, errno);
      assert.equal(thrown.exit, thrown.code === "E_NOT_PERMITTED" ? 5 : 125);
    }
  });
}

Deno.test("an error names what failed, why, and the line of the configuration", () => {
  const error = refusal([...OPERATIONS.slice(0, 2), bind("/absent", "/a")]);
  assert.equal(error.message, 'Cannot bind "/absent": no such file or directory (ENOENT)');
  assert.deepEqual(error.where, WHERE);
});

Deno.test("the limit of mounts is named where the errno says that the disk is full", () => {
  const error = refusal(OPERATIONS, (name, args, proceed) => {
    if (name === "move_mount" && args[0] !== -1) throw new SystemCallError(name, "ENOSPC");
    return proceed();
  });
  assert.match(error.hints.join("\n"), /mount-max/);
});

Deno.test("a launcher that may not make a mount namespace gets exit code 5", () => {
  const error = refusal(OPERATIONS, (name, _, proceed) => {
    if (name === "unshare") throw new SystemCallError(name, "EPERM");
    return proceed();
  });
  assert.equal(error.code, "E_NOT_PERMITTED");
  assert.equal(error.exit, 5);
});

Deno.test("a launcher without capabilities is refused before anything is done", () => {
  const { thrown, calls } = run(OPERATIONS, (name, _, proceed) => name === "capget" ? 0 : proceed());
  assert.equal((thrown as RedpakError).code, "E_NOT_PERMITTED");
  assert.deepEqual(calls, []);
});

Deno.test("a plan whose commands have not been run is not carried out", () => {
  const pending = [{ command: "id", use: "export", where: WHERE }] as const;
  assert.equal(refusal(OPERATIONS, undefined, { pending }).code, "E_PLAN");
});

Deno.test("an operation that the host phase does not know stops the launch before anything is done", () => {
  const { thrown, calls } = run([...OPERATIONS, { operation: "lock", phase: "host", destination: "/a" }]);
  assert.equal((thrown as RedpakError).code, "E_PLAN");
  assert(!calls.some((call) => call.startsWith("unshare")));
});

Deno.test("a link that a program of the node may have made is not followed", () => {
  const { kernel } = recordingKernel({ ...HOST, "/usr/evil": { link: "/nodes" } });
  const operations = [
    ...OPERATIONS.slice(0, 2),
    OPERATIONS[3] as Operation,
    bind("/usr", "/a"),
    bind("/etc", "/a/evil/x"),
  ];
  assert.throws(() => carryOut(planOf(operations), () => new Uint8Array(), { kernel }), {
    code: "E_DESTINATION_SYMLINK",
  });
});

Deno.test("an optional source that is absent is skipped in both phases", () => {
  const optional = (phase: "host" | "init") => ({ ...bind("/absent", "/a", phase), optional: true }) as Operation;
  const { thrown, opened } = run([
    ...OPERATIONS.slice(0, 2),
    OPERATIONS[3] as Operation,
    optional("host"),
    optional("init"),
  ]);
  assert(thrown instanceof Executed, String((thrown as Error)?.stack));
  assert.deepEqual([...opened!.descriptors.values()], [undefined]);
});

Deno.test("the caller's file mode mask is put back before the stage starts", () => {
  const { calls } = run(OPERATIONS);
  assert.deepEqual(calls.filter((call) => call.startsWith("umask")), ["umask(00)", "umask(022)"]);
});

Deno.test("who enters a node with a Smack label gets it before the stage is started", () => {
  const smack: Operation = { operation: "smack", phase: "host", label: "App" };
  const { thrown, calls } = run([smack, { operation: "fork", phase: "init" }]);
  assert(thrown instanceof Executed, String((thrown as Error)?.stack));
  assert(calls.some((call) => call.startsWith('openat(-100, "/proc/self/attr/smack/current", O_WRONLY')));
  assert.equal(refusal([{ ...smack, label: "Other" }, { operation: "fork", phase: "init" }]).code, "E_LAUNCH");
});

Deno.test("a label is refused before anything is done where its security module does not run", () => {
  const modules = { "/sys/kernel/security/lsm": { content: "lockdown,capability,apparmor" } };
  const label = (module: string, label: string): Operation => ({
    operation: "exec-label",
    phase: "init",
    origin: WHERE,
    module,
    label,
  });
  const selinux = label("selinux", "u:r:t:s0");
  const without = OPERATIONS.filter(({ operation }) => operation !== "smack");
  for (const operations of [[...without, selinux], [selinux]]) {
    const { thrown, calls } = run(operations, undefined, {}, modules);
    assert(thrown instanceof RedpakError);
    assert.equal(
      thrown.message,
      'Cannot apply the SELinux context "u:r:t:s0": this kernel runs without SELinux: ' +
        "its security modules are lockdown, capability, apparmor",
    );
    assert.deepEqual([thrown.code, thrown.exit, thrown.where], ["E_KERNEL_FEATURE", 125, WHERE]);
    assert(!calls.some((call) => call.startsWith("unshare")));
  }
  assert.match((run(OPERATIONS, undefined, {}, modules).thrown as Error).message, /runs without Smack: /);
  const runs = run([...without, label("apparmor", "node")], undefined, {}, modules);
  assert(runs.thrown instanceof Executed, String((runs.thrown as Error)?.stack));
  assert(run([...without, selinux]).thrown instanceof Executed, "nobody can say which modules there are");
});

Deno.test("a Smack label that the kernel does not confirm starts nothing", () => {
  const labelled = (label: string): Operation[] => [
    ...OPERATIONS.filter(({ operation }) => operation !== "smack"),
    { operation: "smack", phase: "host", label },
  ];
  assert.match(refusal(labelled("Other")).message, /the kernel answers that it is "App"/);
  const absent = refusal(labelled("App"), (name, args, proceed) => {
    if (name === "write" && args[2] === 3) throw new SystemCallError("write", "EINVAL");
    return proceed();
  });
  assert.match(absent.message, /^Cannot apply the Smack label "App": this kernel runs without Smack \(EINVAL\)$/);
});
