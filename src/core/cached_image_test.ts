import assert from "node:assert/strict";
import { CachedImage } from "./cached_image.ts";
import type { Image, ImageEntry } from "./image.ts";

/** An image of one directory, and what was asked of it. */
function asked(files: Readonly<Record<string, number>>): { readonly image: Image; readonly calls: string[] } {
  const calls: string[] = [];
  const entry = (kind: ImageEntry["kind"], size: number): ImageEntry => ({ kind, mode: 0o644, uid: 0, gid: 0, size });
  return {
    calls,
    image: {
      lookUp(path) {
        calls.push(`lookUp ${path}`);
        return path === "/" ? entry("directory", 0) : path in files ? entry("file", files[path]!) : undefined;
      },
      list(path) {
        calls.push(`list ${path}`);
        return Object.keys(files).map((name) => name.slice(1));
      },
      read(path, offset, length) {
        calls.push(`read ${path} ${offset} ${length}`);
        return new Uint8Array(Math.max(0, Math.min(length, files[path]! - offset))).fill(7);
      },
    },
  };
}

Deno.test("each thing is asked for once, what is missing as well", () => {
  const { image, calls } = asked({ "/a": 100 });
  const cached = new CachedImage(image);
  for (let round = 0; round < 2; round++) {
    assert.equal(cached.lookUp("/none"), undefined);
    assert.deepEqual([...cached.list("/")], ["a"]);
    assert.equal(cached.lookUp("/other"), undefined);
    assert.equal(cached.lookUp("/a")?.size, 100);
    assert.equal(cached.read("/a", 90, 16).length, 10);
    assert.equal(cached.read("/a", 0, 16).length, 16);
  }
  assert.deepEqual(calls, ["lookUp /none", "list /", "lookUp /a", "read /a 0 100"]);
});

Deno.test("what was asked for by name is the same in the list of its directory: who knows it by its entry, knows it once", () => {
  const cached = new CachedImage(asked({ "/a": 100, "/b": 100 }).image);
  const entry = cached.lookUp("/b");
  assert.equal(cached.lookUp("/gone"), undefined);
  const listed = cached.scan("/");
  assert.equal(listed.get("b"), entry);
  assert.deepEqual([...listed.keys()], ["a", "b"]);
  assert.equal(cached.lookUp("/a"), listed.get("a"));
});

Deno.test("large files are not kept, and of small ones no more than a limit", () => {
  const small = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`/small${index}`, 2 ** 17]));
  const { image, calls } = asked({ ...small, "/large": 2 ** 17 + 1 });
  const cached = new CachedImage(image);
  cached.read("/large", 5, 10);
  for (const path of Object.keys(small)) cached.read(path, 0, 1);
  const before = calls.length;
  cached.read("/small599", 0, 1);
  assert.equal(calls.length, before);
  cached.read("/small0", 0, 1);
  assert.deepEqual(calls.slice(before), ["read /small0 0 131072"]);
  assert(calls.includes("read /large 5 10"));
});
