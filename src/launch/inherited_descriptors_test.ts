import assert from "node:assert/strict";
import { F, FD } from "../../ffi/libc/constants.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { kernelOf } from "../../ffi/libc/system_calls.ts";
import { hideInheritedDescriptors } from "./inherited_descriptors.ts";

Deno.test("what is inherited is hidden for the length of the scope, and only that", () => {
  const flags = new Map([[1, 0], [7, 0], [8, FD.CLOEXEC], [900, 0]]);
  const kernel = kernelOf((name, [fd, command, value]) => {
    const old = flags.get(fd as number);
    if (old === undefined) throw new SystemCallError(name, "EBADF");
    if (command === F.SETFD) flags.set(fd as number, value as number);
    return old;
  });
  {
    using _hidden = hideInheritedDescriptors(kernel);
    assert.deepEqual([...flags], [[1, 0], [7, FD.CLOEXEC], [8, FD.CLOEXEC], [900, FD.CLOEXEC]]);
  }
  assert.deepEqual([...flags], [[1, 0], [7, 0], [8, FD.CLOEXEC], [900, 0]]);
});
