import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { intercept, kernelOf } from "../../ffi/libc/system_calls.ts";
import { formatCall } from "../../ffi/libc/trace.ts";
import { findMissingCalls, gatherHostFacts } from "./host_facts.ts";

const QUESTIONS = { sysctls: ["kernel.ostype", "kernel.no_such_setting"], directories: ["/tmp", "/proc"] };

Deno.test("only ENOSYS shows that a call is missing", () => {
  const lacking = (...names: string[]) =>
    kernelOf((name) => {
      throw new SystemCallError(name, names.includes(name) ? "ENOSYS" : "EPERM");
    });
  assert.deepEqual(findMissingCalls(lacking()), []);
  assert.deepEqual(findMissingCalls(lacking("clone3", "pidfd_open", "fsmount")), ["open_tree", "clone3", "pidfd_open"]);
});

Deno.test("a setting that the kernel does not have is null", () => {
  assert.deepEqual(gatherHostFacts(QUESTIONS).sysctls, { "kernel.ostype": "Linux", "kernel.no_such_setting": null });
});

Deno.test("directories are tried with a file that never has a name", () => {
  const calls: string[] = [];
  const recording = intercept(libc(), (name, args, proceed) => {
    calls.push(...name === "openat" && args[1] === "/tmp" ? [formatCall(name, args)] : []);
    return proceed();
  });
  const { writable } = gatherHostFacts(QUESTIONS, recording);
  assert.equal(writable["/tmp"], null);
  assert.notEqual(writable["/proc"], null);
  assert(calls.every((call) => call.includes("O_TMPFILE")), calls.join());
});

Deno.test("what the kernel refuses is reported as missing, not as an error", () => {
  const refused = intercept(libc(), (name, _, proceed) => {
    if (name === "landlock_create_ruleset" || name === "seccomp") throw new SystemCallError(name, "ENOSYS");
    return proceed();
  });
  const { landlock, seccomp } = gatherHostFacts(QUESTIONS, refused);
  assert.deepEqual([landlock, seccomp], [0, false]);
});
