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
  }
  assert.deepEqual(calls, ["lookUp /none", "list /", "lookUp /a"]);
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
