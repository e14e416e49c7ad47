import assert from "node:assert/strict";
import { O } from "./constants.ts";
import { FileReader, READING_CALLS, READING_FLAGS } from "./file_reader.ts";
import { SystemCallError } from "./system_call_error.ts";
import { SYSTEM_CALLS } from "./system_calls.ts";

Deno.test("nothing but reading is possible: no call that changes anything, no flag that allows it", () => {
  const harmless = ["statx", "openat", "pread64", "getdents64", "readlinkat", "llistxattr", "close"];
  assert.deepEqual(Object.keys(READING_CALLS).filter((name) => !harmless.includes(name)), []);
  for (const name of ["statx", "openat", "getdents64", "readlinkat", "llistxattr", "close"] as const) {
    assert.deepEqual(READING_CALLS[name], SYSTEM_CALLS[name].slice(0, 2), name);
  }
  assert.equal(READING_FLAGS & (O.WRONLY | O.RDWR | O.CREAT | O.EXCL), 0);
  assert.notEqual(READING_FLAGS & O.NOFOLLOW, 0);
});

const errno = (step: () => unknown): string => {
  try {
    step();
  } catch (error) {
    if (error instanceof SystemCallError) return error.errno;
    throw error;
  }
  return "none";
};

Deno.test("files are described, listed and read from anywhere in them", () => {
  const reader = new FileReader();
  assert.equal(reader.status("/usr/bin").mode & 0o170000, 0o040000);
  const names = reader.list("/usr").map(({ name }) => name);
  assert(names.includes("bin"));
  assert(!names.includes("..") && !names.includes("."));
  const all = reader.read("/etc/passwd", 0, 2 ** 16);
  assert.equal(all.length, reader.status("/etc/passwd").size);
  assert.deepEqual(reader.read("/etc/passwd", 2, 5), all.slice(2, 7));
  assert.equal(reader.read("/etc/passwd", all.length, 10).length, 0);
});

Deno.test("what is read is put into the memory that is given for it, where that is large enough", () => {
  const reader = new FileReader();
  const all = reader.read("/etc/passwd", 0, 2 ** 16);
  const room = new Uint8Array(8);
  assert.equal(reader.read("/etc/passwd", 2, 5, room).buffer, room.buffer);
  assert.deepEqual(room.subarray(0, 5), all.slice(2, 7));
  assert.deepEqual(reader.read("/etc/passwd", 2, 9, room), all.slice(2, 11));
  assert.deepEqual(room.subarray(0, 5), all.slice(2, 7));
});

Deno.test("what cannot be read is an error with its reason, and links are not followed", () => {
  const reader = new FileReader();
  assert.equal(errno(() => reader.status("/none")), "ENOENT");
  assert.equal(errno(() => reader.list("/etc/passwd")), "ENOTDIR");
  assert.equal(errno(() => reader.read("/proc/self/exe", 0, 4)), "ELOOP");
  assert(reader.readLink("/proc/self/exe").startsWith("/"));
  assert.equal(errno(() => reader.status("/etc\0/passwd")), "EINVAL");
  assert.equal(errno(() => reader.status(`/${"a/".repeat(3000)}`)), "ENAMETOOLONG");
});

Deno.test("what is in a directory is described as it is by itself, with where links lead", () => {
  using reader = new FileReader();
  for (const { name, target, ...status } of reader.list("/etc")) {
    assert.deepEqual(status, reader.status(`/etc/${name}`), name);
    assert.equal(target, (status.mode & 0o170000) === 0o120000 ? reader.readLink(`/etc/${name}`) : undefined, name);
  }
  // A file of the directory that was listed last, and one of another with the same beginning.
  assert.deepEqual(reader.read("/etc/passwd", 0, 64), new FileReader().read("/etc/passwd", 0, 64));
  assert.equal(errno(() => reader.read("/etcetera/passwd", 0, 64)), "ENOENT");
});
