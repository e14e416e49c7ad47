import assert from "node:assert/strict";
import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { subdirectories } from "./read_directory.ts";

Deno.test("directories are listed, files are not", () => {
  const kernel = libc();
  using directory = new Descriptor(kernel, kernel.openat(AT_FDCWD, "/proc/self", O.RDONLY | O.DIRECTORY, 0));
  const names = subdirectories(kernel, directory.number);
  assert.ok(names.includes("fd") && names.includes("ns"));
  assert.ok(!names.includes("status") && !names.includes(".") && !names.includes(".."));
});
