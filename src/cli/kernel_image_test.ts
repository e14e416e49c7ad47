import assert from "node:assert/strict";
import { AT_FDCWD } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { Scratch } from "../store/_scratch.ts";
import { DirectoryImage } from "../store/directory_image.ts";
import { KernelImage } from "./kernel_image.ts";

Deno.test("an image is the same, whoever reads it", () => {
  using scratch = new Scratch();
  scratch.file("usr/lib/a", "0123456789");
  scratch.file("usr/lib/umlaut-ä", "x".repeat(200_000));
  libc().symlinkat("a", AT_FDCWD, `${scratch.path}/usr/lib/link`);
  Deno.chmodSync(`${scratch.path}/usr/lib/a`, 0o4751);
  const [image, other] = [new KernelImage(scratch.path), new DirectoryImage(scratch.path)];
  assert.deepEqual(image.list("/usr/lib"), other.list("/usr/lib"));
  for (const path of ["/", "/usr", "/usr/lib/a", "/usr/lib/umlaut-ä", "/usr/lib/link", "/none", "/usr/lib/a/b"]) {
    assert.deepEqual(image.lookUp(path), other.lookUp(path), path);
  }
  for (const [offset, length] of [[0, 4], [8, 4], [20, 4], [2, 2 ** 40], [150_000, 2 ** 40]] as const) {
    for (const file of ["/usr/lib/a", "/usr/lib/umlaut-ä"]) {
      assert.deepEqual(image.read(file, offset, length), other.read(file, offset, length), `${file} ${offset}`);
    }
  }
});

Deno.test("a link in the place of a file is not read, and what fails says what and why", () => {
  using scratch = new Scratch();
  libc().symlinkat("/etc/passwd", AT_FDCWD, `${scratch.path}/link`);
  const image = new KernelImage(scratch.path);
  assert.throws(() => image.read("/link", 0, 4), { code: "E_IO", message: /^Cannot read ".*\/link": .*\(ELOOP\)$/ });
  assert.throws(() => image.list("/none"), { code: "E_NOT_FOUND" });
});

Deno.test("a file whose name is no UTF-8 is found by the name that its directory lists", () => {
  using scratch = new Scratch();
  const { success } = new Deno.Command("/usr/bin/bash", {
    args: ["-c", `printf text > "$(printf '%s/a\\377b' "$0")"`, scratch.path],
  }).outputSync();
  assert(success);
  const image = new KernelImage(scratch.path);
  const [name] = image.list("/");
  assert.equal(image.lookUp(`/${name}`)?.size, 4);
});

Deno.test("of a running machine, what is in /proc, /sys and /dev is not looked at", () => {
  const image = new KernelImage("/");
  assert.deepEqual(image.lookUp("/proc/self"), new DirectoryImage("/").lookUp("/proc/self"));
  assert.equal(image.lookUp("/proc/self")?.kind, "other");
});
