import assert from "node:assert/strict";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { kernelOf } from "../../ffi/libc/system_calls.ts";
import { kernelFeatures } from "./kernel_features.ts";

function lacking(...missing: string[]) {
  const calls: string[] = [];
  const kernel = kernelOf((name) => {
    calls.push(name);
    throw new SystemCallError(name, missing.includes(name) ? "ENOSYS" : "EBADF");
  });
  return { features: kernelFeatures(kernel), calls };
}

Deno.test("any errno but ENOSYS shows that a call exists", () => {
  const { features } = lacking();
  assert.deepEqual([features.mountDescriptors, features.mountSetattr, features.openat2], [true, true, true]);
});

for (const call of ["open_tree", "move_mount", "fsopen", "fsconfig", "fsmount"]) {
  Deno.test(`mounts are not made by descriptors where ${call} is missing`, () => {
    assert.equal(lacking(call).features.mountDescriptors, false);
  });
}

Deno.test("each call is judged for itself", () => {
  const { features } = lacking("mount_setattr");
  assert.deepEqual([features.mountDescriptors, features.mountSetattr, features.openat2], [true, false, true]);
});

Deno.test("nothing is probed before it is asked for, nor twice", () => {
  const { features, calls } = lacking();
  assert.deepEqual(calls, []);
  assert(features.openat2 && features.openat2);
  assert.deepEqual(calls, ["openat2"]);
});
