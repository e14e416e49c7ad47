import assert from "node:assert/strict";
import { AT_FDCWD, LOCK, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { findLockHolder, parseLocks } from "./lock_holder.ts";

Deno.test("the locks of a machine are read, those that are waited for left out", () => {
  const text = `1: POSIX  ADVISORY  WRITE 512 fe:00:77 0 EOF
2: FLOCK  ADVISORY  WRITE 4711 fe:101:131 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4712 fe:101:131 0 EOF
`;
  assert.deepEqual(parseLocks(text), [{ pid: 4711, device: 0x10fe01, inode: 131 }]);
});

Deno.test("the holder of a lock is named, and nobody once it is gone", () => {
  const kernel = libc();
  const { dev, ino } = Deno.statSync("/usr");
  using directory = new Descriptor(kernel, kernel.openat(AT_FDCWD, "/usr", O.RDONLY | O.CLOEXEC, 0));
  kernel.flock(directory.number, LOCK.SH | LOCK.NB);
  assert.equal(findLockHolder({ dev, ino }), `deno (process ${Deno.pid})`);
  kernel.flock(directory.number, LOCK.UN);
  assert.equal(findLockHolder({ dev, ino }), undefined);
});
