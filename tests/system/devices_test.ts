/** `devices` of real nodes. A /dev of the test's own is needed to have devices that any machine has: see `withDevices`. */
import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { compile } from "./_compile.ts";
import { findCgroupTree } from "../../src/host/cgroup_tree.ts";
import { exec, isRoot, PATH, REDPAK, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";

const UID = 61_234;

/**
 * Runs a command in a mount namespace where /dev/net is a directory with two copies of /dev/zero, `own` for root alone and `open` for
 * everybody, a link to `own`, a file and a block device.
 */
function withDevices(command: readonly string[], { uid = 0 }: { uid?: number } = {}): Result {
  const make = `mount -t tmpfs -o mode=755 devices /dev/net && cd /dev/net && mknod -m 600 own c 1 5 &&
    mknod -m 666 open c 1 5 && mknod -m 600 disk b 7 0 && ln -s own link && echo >file && exec setpriv "$@"`;
  const ids = ["--reuid", uid, "--regid", uid, "--clear-groups"].map(String);
  return exec("unshare", ["--mount", "sh", "-c", make, "sh", ...ids, ...command]);
}

function node(scratch: Scratch, devices: string, config = ""): string {
  return scratch.node("n", `${SYSTEM}${PATH}  devices: [${devices}]\n${config}`);
}

function runWith(devices: string, script: string, { config = "", uid = 0 } = {}): Result {
  using scratch = new Scratch();
  return withDevices([REDPAK, "run", node(scratch, devices, config), "--", "sh", "-c", script], { uid });
}

rootTest("a node has the devices that are given to it, as its own, and no others", () => {
  const { stdout, stderr } = runWith(
    "{ path: /dev/net/own, access: rw }, { path: /dev/net/link, access: r }, { path: /dev/net/disk, access: w }",
    "stat -c '%n %A %u:%g %t:%T' /dev/net/*; head -c 3 /dev/net/own | wc -c; head -c 3 /dev/net/link | wc -c",
  );
  assert.deepEqual(stdout.split("\n"), [
    "/dev/net/disk b-w------- 0:0 7:0",
    "/dev/net/link cr-------- 0:0 1:5",
    "/dev/net/own crw------- 0:0 1:5",
    ...["3", "3", ""],
  ], stderr);
});

rootTest("what a node does to its device does not reach the host's, nor can it take it away", () => {
  using scratch = new Scratch();
  const inside = "chmod 666 /dev/net/own; mv /dev/net/own /dev/x || rm /dev/net/own || echo stays";
  const run = `"$0" run "$1" -- sh -c "$2"; stat -c %a /dev/net/own`;
  const { stdout } = withDevices([
    "sh",
    "-c",
    run,
    REDPAK,
    node(scratch, "{ path: /dev/net/own, access: rw }"),
    inside,
  ]);
  assert.equal(stdout, "stays\n600\n");
});

rootTest("beside its devices /dev is nodev", () => {
  const { stdout, stderr } = runWith(
    "{ path: /dev/net/own, access: rw }",
    "grep ' /dev' /proc/mounts | grep -v nodev | cut -d ' ' -f 2 | sort | tr '\\n' ' '",
  );
  assert.equal(
    stdout,
    "/dev/full /dev/net/own /dev/null /dev/pts /dev/random /dev/tty /dev/urandom /dev/zero ",
    stderr,
  );
});

rootTest("a missing device stops the launch unless it is optional, and what is none does", () => {
  const { code, stderr } = runWith("{ path: /dev/net/no, access: rw }", "true");
  assert.equal(code, 125);
  assert.match(
    stderr,
    /^redpak: Cannot show the device "\/dev\/net\/no": no such file .*\(ENOENT\)\n {2}configured at /,
  );
  assert.equal(runWith("{ path: /dev/net/no, access: rw, optional: true }", "true").code, 0);
  assert.match(runWith("{ path: /dev/net/file, access: rw }", "true").stderr, /it is no device \(ENODEV\)/);
});

Deno.test({
  name: "a user's node has the devices that the user may use",
  ignore: !isRoot,
  fn() {
    const show = "head -c 3 /dev/net/open | wc -c; stat -c %A /dev/net/*; head -c 1 /dev/net/own >/dev/null || echo no";
    const devices = "{ path: /dev/net/open, access: rw }, { path: /dev/net/own, access: rw }";
    const { stdout, stderr } = runWith(devices, show, { uid: UID });
    assert.equal(stdout, "3\ncrw-rw-rw-\ncrw-------\nno\n", stderr);
    const file = runWith("{ path: /dev/net/file, access: rw }", "true", { uid: UID });
    assert.deepEqual([file.code, /\(ENODEV\)/.test(file.stderr)], [125, true], file.stderr);
    const narrow = runWith("{ path: /dev/net/open, access: r }", "true", { uid: UID });
    assert.deepEqual([narrow.code, /only root can/.test(narrow.stderr)], [5, true], narrow.stderr);
  },
});

rootTest("audit finds nothing at a device that is as planned, and another one", () => {
  using scratch = new Scratch();
  const path = node(scratch, "{ path: /dev/net/own, access: rw }", "  hostname: devices-test\n");
  const script = `"$0" run "$1" -- sleep 1000 & n=$!
    for try in $(seq 200); do "$0" audit "$1" >/dev/null 2>&1 && break; sleep 0.05; done
    "$0" audit "$1"; echo "status $?"
    rm own; mknod own c 1 7; "$0" audit "$1"; echo "status $?"; kill $n; wait $n`;
  const { stdout, stderr } = withDevices(["sh", "-c", script, REDPAK, path]);
  assert.match(stdout, /status 0\n[^]*device \/dev\/net\/own[^]*char 1:7[^]*char 1:5[^]*status 1\n/, stdout + stderr);
});

/** A node with the host's ids and the capabilities to make device nodes, and to mount something for them. */
const TRUSTED = "  share_user: enabled\n  seccomp: none\n" +
  "  capabilities: [{ cap: CAP_MKNOD, add: 1 }, { cap: CAP_SYS_ADMIN, add: 1 }]\n";

/** Makes device nodes with the numbers of those of `withDevices`, and one of the kernel's log, and says how they can be opened. */
const MAKE = `mount -t tmpfs x /tmp && cd /tmp && mknod zero c 1 5 && mknod disk b 7 0 && mknod log c 1 11
  for f in zero disk log; do (exec 3<$f) 2>/dev/null && echo $f r; (exec 3>>$f) 2>/dev/null && echo $f w; done
  echo end >>/dev/stderr`;

function isThere(path: string): boolean {
  return exec("test", ["-e", path]).code === 0;
}

const hasGroups = isRoot && findCgroupTree(libc()).mount !== undefined;
if (!hasGroups) console.log("skipped: filters of devices need root and cgroup version 2");

Deno.test({
  name: "a trusted node opens no device but those that it is given, whoever makes the device node",
  ignore: !hasGroups,
  fn() {
    for (
      const [devices, opened] of [
        ["{ path: /dev/net/disk, access: r }", ["zero r", "zero w", "disk r"]],
        ["{ path: /dev/net/disk, access: rw, optional: true }", ["zero r", "zero w", "disk r", "disk w"]],
        ["{ path: /dev/net/no, access: rw, optional: true }", ["zero r", "zero w"]],
      ] as const
    ) {
      const { stdout, stderr } = runWith(devices, MAKE, { config: TRUSTED });
      assert.deepEqual(stdout.split("\n").slice(0, -1), opened, stderr);
    }
  },
});

Deno.test({
  name:
    "a trusted node opens the devices of its standard descriptors anew, also when it was sealed before they were known",
  ignore: !hasGroups || !isThere("/dev/fuse"),
  fn() {
    using scratch = new Scratch();
    const path = node(scratch, "{ path: /dev/net/no, access: r, optional: true }", TRUSTED);
    const script =
      "mount -t tmpfs x /tmp && mknod /tmp/fuse c 10 229 && (exec 3</tmp/fuse) 2>&- && echo opened || echo refused";
    const launcher = `${scratch.path}/launcher`;
    const sealed = exec(REDPAK, ["seal", path, "--output", launcher, "--", "sh", "-c", script]);
    assert.equal(sealed.code, 0, sealed.stderr);
    const start = (program: string) =>
      `${program} </dev/fuse; ${program} </dev/null 2</dev/fuse; ${program} </dev/null`;
    for (const program of ['"$0"', '"$1" run "$2" -- sh -c "$3"']) {
      const { stdout, stderr } = exec("sh", ["-c", start(program), launcher, REDPAK, path, script]);
      assert.equal(stdout, "opened\nopened\nrefused\n", stderr);
    }
  },
});

Deno.test({
  name:
    "audit finds nothing at an untouched filter of devices, and one that is joined by another, taken away or replaced",
  ignore: !hasGroups,
  async fn() {
    using scratch = new Scratch();
    const tool = await compile("device_filter.c", "-static");
    const path = node(scratch, "{ path: /dev/net/own, access: r }", "  hostname: devices-test\n");
    const change = ["add", "remove", "add"].map((step) =>
      `"${tool}" ${step} "$group" || exit 9; "$0" audit "$1" --json`
    );
    const script = `"$0" run "$1" -- sleep 1000 & n=$!
      for try in $(seq 20); do "$0" audit "$1" && break; sleep 0.2; done >/dev/null 2>&1
      root=$(findmnt -nro TARGET -t cgroup2 | head -n 1)
      group=$root$(sed -n 's/^0:://p' /proc/$(cat /proc/$n/task/$n/children | tr -d ' ')/cgroup)
      "$0" audit "$1" --json; ${change.join("; ")}; kill $n; wait $n`;
    const { stdout, stderr } = withDevices(["sh", "-c", script, REDPAK, path]);
    const [untouched, ...audits] = stdout.trim().split("\n").map((line) => JSON.parse(line).data.drifts);
    assert.deepEqual(untouched, [], stderr);
    assert.deepEqual(audits.map((drifts) => drifts.length), [1, 1, 1], stdout);
    const found = [/^program \w+, program \w+$/, /^none$/, /^program \w+$/];
    audits.forEach(([drift], index) => {
      assert.equal(drift.subject, "filter of devices");
      assert.match(drift.expected, /^program \w+$/);
      assert.match(drift.found, found[index]!);
      assert.equal(drift.where.file, `${path}/etc/redpak.yaml`);
    });
  },
});

rootTest("without cgroup version 2, narrowed access is refused and the others are shown", () => {
  using scratch = new Scratch();
  const away = `for d in $(grep ' cgroup2 ' /proc/mounts | cut -d ' ' -f 2); do umount "$d"; done
    exec "$0" run "$1" -- true`;
  const run = (devices: string, config = "") => withDevices(["sh", "-c", away, REDPAK, node(scratch, devices, config)]);
  const narrowed = run("{ path: /dev/net/own, access: r }");
  assert.equal(narrowed.code, 5, narrowed.stderr);
  assert.match(narrowed.stderr, /needs? cgroup version 2, .*\n {2}configured at .*redpak.yaml:/);
  assert.equal(run("{ path: /dev/net/own, access: rw }", TRUSTED).code, 5);
  const { code, stderr } = run("{ path: /dev/net/own, access: rw }");
  assert.deepEqual([code, stderr], [0, ""]);
});
