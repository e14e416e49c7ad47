import assert from "node:assert/strict";
import { resolveInImage } from "../../core/image.ts";
import { MemoryImage } from "./_memory_image.ts";
import { bind, symlink, tmpfs } from "./_mounts.ts";
import { NodeView } from "./node_view.ts";

const IMAGE = new MemoryImage({
  "/usr/lib/libc.so": "c",
  "/usr/lib/link.so": { link: "libc.so" },
  "/usr/lib/absolute.so": { link: "/usr/lib/libc.so" },
  "/usr/lib/up.so": { link: "../../../../etc/passwd" },
  "/usr/lib/loop": { link: "loop" },
  "/lib": { link: "usr/lib" },
  "/etc/passwd": "p",
  "/nodes/n/usr/lib/own.so": "o",
});

const source = (view: NodeView, path: string) => view.resolve(path)?.source;

Deno.test("a path leads to what is mounted there, and further inside of it", () => {
  const view = new NodeView(IMAGE, [bind("/usr"), bind("/nodes/n/usr", "/own")]);
  assert.equal(source(view, "/usr/lib/libc.so"), "/usr/lib/libc.so");
  assert.equal(source(view, "/own/lib/own.so"), "/nodes/n/usr/lib/own.so");
  assert.equal(view.resolve("/etc/passwd"), undefined, "nothing is there that is not mounted");
  assert.equal(view.resolve("/usr/lib/libc.so/x"), undefined);
});

Deno.test("the source of a mount is looked for in the image, what is in it in the node", () => {
  const view = new NodeView(IMAGE, [bind("/lib", "/lib64"), tmpfs("/usr")]);
  assert.equal(source(view, "/lib64/libc.so"), "/usr/lib/libc.so");
  assert.equal(source(view, "/lib64/link.so"), "/usr/lib/libc.so");
  assert.equal(view.resolve("/lib64/absolute.so"), undefined, "the node has no /usr/lib");
  assert.equal(view.resolve("/lib64/up.so"), undefined, "the node has no /etc");
  assert.equal(view.resolve("/lib64/loop"), undefined);
});

Deno.test("links of the plan, of the tree and to above the root are followed as the kernel does", () => {
  const view = new NodeView(IMAGE, [bind("/usr"), symlink("/lib", "usr/lib"), bind("/etc/passwd")]);
  assert.equal(source(view, "/lib/absolute.so"), "/usr/lib/libc.so");
  assert.equal(source(view, "/lib/up.so"), "/etc/passwd");
  assert.equal(source(view, "/lib/../lib/./libc.so"), "/usr/lib/libc.so");
  assert.equal(view.resolve("/lib/link.so")?.path, "/usr/lib/libc.so");
});

Deno.test("what is mounted later hides what is below it, and directories on the way are made", () => {
  const view = new NodeView(IMAGE, [
    bind("/usr/lib", "/a/b"),
    bind("/etc", "/a/b/etc"),
    tmpfs("/a"),
    bind("/etc", "/a/c"),
  ]);
  assert.equal(view.resolve("/a/b"), undefined);
  assert.equal(source(view, "/a/c/passwd"), "/etc/passwd");
  const other = new NodeView(IMAGE, [bind("/etc", "/x/y/etc")]);
  assert.deepEqual(other.resolve("/x/y"), { path: "/x/y", kind: "directory" });
});

Deno.test("links of an image never lead out of it", () => {
  assert.equal(resolveInImage(IMAGE, "/lib/absolute.so")?.path, "/usr/lib/libc.so");
  assert.equal(resolveInImage(IMAGE, "/lib/up.so")?.path, "/etc/passwd");
  assert.equal(resolveInImage(IMAGE, "/lib/loop"), undefined);
  assert.equal(resolveInImage(IMAGE, "/..")?.path, "/");
});
