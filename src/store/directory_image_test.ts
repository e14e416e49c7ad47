import assert from "node:assert/strict";
import { resolveInImage } from "../core/image.ts";
import { code, Scratch } from "./_scratch.ts";
import { DirectoryImage } from "./directory_image.ts";

Deno.test("an image has what is in its directory, by the paths of the device", () => {
  using scratch = new Scratch();
  scratch.file("usr/lib/a", "0123456789");
  const image = new DirectoryImage(scratch.path);
  assert.equal(image.lookUp("/")?.kind, "directory");
  assert.equal(image.lookUp("/usr/lib/a")?.size, 10);
  assert.equal(image.lookUp("/usr/lib/a/b"), undefined);
  assert.equal(image.lookUp("/etc"), undefined);
  assert.deepEqual(image.list("/"), ["usr"]);
  assert.equal(resolveInImage(image, "/usr/../usr/lib/a")?.path, "/usr/lib/a");
});

Deno.test("bytes are read from where they are asked for, and no more than there are", async () => {
  using scratch = new Scratch();
  scratch.file("a", "0123456789");
  const image = new DirectoryImage(scratch.path);
  const read = (offset: number, length: number) => new TextDecoder().decode(image.read("/a", offset, length));
  assert.deepEqual([read(0, 4), read(8, 4), read(20, 4), read(2, 2 ** 40)], ["0123", "89", "", "23456789"]);
  assert.equal(await code(() => image.list("/none")), "E_NOT_FOUND");
});

Deno.test("of a running machine, what is in /proc, /sys and /dev is not looked at", () => {
  assert.equal(new DirectoryImage("/").lookUp("/proc/self")?.kind, "other");
});
