/** What a program has from redpak's caller besides its arguments: nothing. */
import assert from "node:assert/strict";
import { SYSCALLS } from "../../src/plan/seccomp/profile.ts";
import { exec, PATH, REDPAK, rootTest, Scratch, SYSTEM } from "./_node.ts";

const here = new URL(".", import.meta.url).pathname;

/** By default a program that shows its attributes as lines, and starts others with all of them changed. */
function compile(scratch: Scratch, name = "attributes"): string {
  const path = `${scratch.path}/${name}`;
  const { code, stderr } = exec("cc", ["-O1", "-Wall", "-static", "-o", path, `${here}${name}.c`]);
  assert.equal(code, 0, stderr);
  return path;
}

function launch(scratch: Scratch, program: string, config: string): string[] {
  const exports = `${SYSTEM}  - { mode: RestrictedFile, mount: /attributes, path: ${program} }\n`;
  const node = scratch.node("n", `${exports}${PATH}${config}`);
  const { code, stdout, stderr } = exec(program, ["change", REDPAK, "run", node, "--", "/attributes", "show"]);
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split("\n");
}

/** No filter, so that the program may look for keys. */
const UNFILTERED = "  seccomp: none\n";

rootTest("a program is as if nobody had touched its caller", () => {
  using scratch = new Scratch();
  const program = compile(scratch);
  const plain = exec(program, ["change", program, "show"]).stdout;
  assert.match(plain, /^personality 0x40000\npolicy 5\nnice 19\nioprio 3\n(.*\n)*umask 0\n(.*\n)*key found\n$/);
  assert.deepEqual(launch(scratch, program, UNFILTERED), [
    "personality 0",
    "policy 0",
    "nice 0",
    "ioprio 0",
    "timer slack 50000",
    "umask 22",
    "core 0 0",
    "securebits 0xef",
    "signals 0 0",
    "key ENOKEY",
  ]);
});

rootTest("with a capability to keep, uid 0 is a user like others all the same", () => {
  using scratch = new Scratch();
  const shown = launch(scratch, compile(scratch), `${UNFILTERED}  capabilities: [{ cap: CAP_CHOWN, add: 1 }]\n`);
  assert.ok(shown.includes("securebits 0x3"), shown.join());
});

rootTest("the node's init shows neither its memory nor what its descriptors are", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}${PATH}${UNFILTERED}`);
  const look = "cat /proc/1/maps /proc/1/environ /proc/1/auxv; readlink /proc/1/exe /proc/1/cwd /proc/1/fd/*; true";
  const { stdout, stderr } = exec(REDPAK, ["run", node, "--", "sh", "-c", look]);
  assert.equal(stdout, "");
  assert.equal(stderr.match(/Permission denied/g)?.length, 3, stderr);
});

rootTest("what cannot be reset stops the launch, and what the kernel does not have needs no reset", () => {
  using scratch = new Scratch();
  const enosys = compile(scratch, "enosys");
  const node = scratch.node("n", `${SYSTEM}${PATH}`);
  const without = (call: string) => {
    const number = SYSCALLS[Deno.build.arch][call];
    return exec(enosys, [`${number}`, "--", REDPAK, "run", node, "--", "true"]);
  };
  for (const call of ["sched_setscheduler", "setpriority", "personality"]) {
    const { code, stderr } = without(call);
    assert.equal(code, 125, call);
    assert.match(stderr, /^redpak: Cannot reset "process attributes": .* \(ENOSYS\)$/m);
  }
  // Kernels without keyrings (CONFIG_KEYS) or block devices (CONFIG_BLOCK).
  for (const call of ["keyctl", "ioprio_set"]) assert.equal(without(call).code, 0, call);
});
