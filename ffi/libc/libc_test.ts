import assert from "node:assert/strict";
import { __WALL, AT, AT_FDCWD, O, RESOLVE } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { fileDetails, fileStatus, fileSystemStatus, isDirectory } from "./file_status.ts";
import { libc, TRANSFER_SIZE } from "./libc.ts";
import { SystemCallError } from "./system_call_error.ts";
import { OPEN_HOW_SIZE } from "./system_calls.ts";

const kernel = libc();

function open(path: string, flags: number): Descriptor {
  return new Descriptor(kernel, kernel.openat(AT_FDCWD, path, flags | O.CLOEXEC, 0));
}

Deno.test("a call that fails throws the name of the call and of the errno", () => {
  const isExpected = (error: unknown) =>
    error instanceof SystemCallError && error.call === "openat" && error.errno === "ENOENT" &&
    error.message === "openat: no such file or directory (ENOENT)";
  assert.throws(() => open("/does/not/exist", O.RDONLY), isExpected);
  assert.throws(() => kernel.close(-1), { errno: "EBADF" });
  assert.throws(() => open("/dev/null", O.DIRECTORY), { errno: "ENOTDIR" });
});

Deno.test("memory goes in and out, at most one transfer at a time", () => {
  using memory = new Descriptor(kernel, kernel.memfd_create("test", 0));
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  for (let part = 0; part < 3; part++) assert.equal(kernel.write(memory.number, bytes, bytes.length), bytes.length);
  using again = open(`/proc/self/fd/${memory.number}`, O.RDONLY);
  const read = new Uint8Array(TRANSFER_SIZE);
  assert.equal(kernel.read(again.number, read, read.length), TRANSFER_SIZE);
  assert.deepEqual(read.subarray(65536), bytes);
});

Deno.test("what does not fit into the memory for arguments is refused, not cut", () => {
  assert.throws(() => kernel.write(1, new Uint8Array(1024 * 1024), 1024 * 1024), { errno: "E2BIG" });
});

Deno.test("a text with a NUL is refused, for the kernel would see another text", () => {
  assert.throws(() => open("/dev/null\0x", O.RDONLY), { errno: "EINVAL" });
});

Deno.test("the status of a descriptor is that of its file", () => {
  using root = open("/", O.PATH);
  const status = fileStatus(kernel, root.number);
  assert(isDirectory(status));
  assert.equal(status.uid, 0);
  using proc = open("/proc", O.PATH);
  assert.equal(fileSystemStatus(kernel, proc.number).type, 0x9fa0);
  assert.notEqual(fileStatus(kernel, proc.number).device, status.device);
  assert.equal(fileStatus(kernel, proc.number).inode, 1n);
});

Deno.test("structs are passed field by field", () => {
  const how = { flags: O.PATH | O.CLOEXEC, mode: 0, resolve: RESOLVE.NO_MAGICLINKS };
  assert.throws(() => kernel.openat2(AT_FDCWD, "/proc/self/exe", how, OPEN_HOW_SIZE), { errno: "ELOOP" });
  new Descriptor(kernel, kernel.openat2(AT_FDCWD, "/proc/self/status", how, OPEN_HOW_SIZE))[Symbol.dispose]();
});

Deno.test("lists of texts are passed as an array that ends with NULL", () => {
  assert.throws(() => kernel.execveat(AT_FDCWD, "/does/not/exist", ["a", "b"], ["C=d"], 0), { errno: "ENOENT" });
});

Deno.test("a descriptor is closed once, unless it was released", () => {
  const released = open("/dev/null", O.RDONLY);
  const number = released.release();
  released[Symbol.dispose]();
  const owner = new Descriptor(kernel, number);
  owner[Symbol.dispose]();
  owner[Symbol.dispose]();
  assert.throws(() => kernel.close(number), { errno: "EBADF" });
});

Deno.test("a child that clone makes ends at once, and is there until it is waited for", () => {
  const pid = kernel.clone(0);
  assert.ok(pid > 0 && pid !== Deno.pid);
  assert.equal(kernel.wait4(pid, null, __WALL, null), pid);
  assert.throws(() => kernel.wait4(pid, null, __WALL, null), { errno: "ECHILD" });
});

Deno.test("names that are no UTF-8, and moments before 1970, come back as they were given", () => {
  const path = `/tmp/redpak-test-${crypto.randomUUID()}`;
  kernel.mkdirat(AT_FDCWD, path, 0o700);
  try {
    using directory = open(path, O.RDONLY | O.DIRECTORY);
    const name = "a\udce9";
    const flags = O.WRONLY | O.CREAT | O.EXCL | O.CLOEXEC;
    using file = new Descriptor(kernel, kernel.openat(directory.number, name, flags, 0o600));
    const times = { atime_sec: 0, atime_nsec: 0, mtime_sec: -7, mtime_nsec: 5 };
    kernel.utimensat(file.number, null, times, 0);
    assert.deepEqual(fileDetails(kernel, directory.number, name).modified, { seconds: -7, nanoseconds: 5 });
    kernel.unlinkat(directory.number, name, 0);
  } finally {
    kernel.unlinkat(AT_FDCWD, path, AT.REMOVEDIR);
  }
});
