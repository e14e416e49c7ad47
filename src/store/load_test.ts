import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { loadFamily } from "./load_family.ts";
import { loadNode } from "./load_node.ts";
import { code, Scratch } from "./_scratch.ts";

Deno.test("a family is the node and every node above it, plain directories left out", async () => {
  using scratch = new Scratch();
  scratch.node("a");
  scratch.node("a/plain/b");
  scratch.node("a/plain/b/c");
  const family = await loadFamily(`${scratch.path}/a/plain/b/c`);
  assert.deepEqual(family.map((node) => node.normal.config.headers.alias), ["c", "b", "a"]);
});

Deno.test("the admin file is read only when it is asked for", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.file("a/etc/redpak-admin.yaml", "not: [valid");
  assert.equal((await loadNode(path)).admin, undefined);
  await assert.rejects(() => loadNode(path, { admin: true }), RedpakError);
});

Deno.test("the historical file names are read where the others are absent", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  Deno.renameSync(`${path}/etc/redpak.yaml`, `${path}/etc/redpack.yaml`);
  assert.equal((await loadNode(path)).normal.file, `${path}/etc/redpack.yaml`);
});

Deno.test("an absent node, a plain directory and a file are told apart", async () => {
  using scratch = new Scratch();
  scratch.file("file", "");
  const message = async (path: string) => {
    try {
      await loadNode(path);
    } catch (error) {
      assert(error instanceof RedpakError);
      assert.equal(error.code, "E_NODE_NOT_FOUND");
      assert.equal(error.exit, 4);
      return error.message.replace(scratch.path, "");
    }
  };
  assert.equal(await message(`${scratch.path}/none`), 'Cannot open node "/none": no such file or directory (ENOENT)');
  assert.equal(await message(`${scratch.path}/file`), 'Cannot open node "/file": it is not a directory');
  assert.equal(await message(scratch.path), 'Cannot open node "": it has no .rednode.yaml');
});

Deno.test("one broken ancestor fails the family", async () => {
  using scratch = new Scratch();
  scratch.node("a");
  scratch.node("a/b");
  scratch.file("a/etc/redpak.yaml", "headers: {}\n");
  await assert.rejects(() => loadFamily(`${scratch.path}/a/b`), RedpakError);
});

Deno.test("the findings of all files of a node come at once", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.file("a/.rednode.yaml", "realpath: /a\ntimestamp: x\nstate: Enable\n");
  scratch.file("a/etc/redpak.yaml", "headers: { alias: a }\nnonsense: 1\n");
  try {
    await loadNode(path);
    assert.fail();
  } catch (error) {
    assert(error instanceof RedpakError);
    const files = new Set(error.problems.map(({ where }) => where?.file));
    assert.deepEqual(files, new Set([`${path}/.rednode.yaml`, `${path}/etc/redpak.yaml`]));
  }
});

Deno.test("a status file that is no regular file is refused without being opened, also that of an ancestor", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  Deno.removeSync(`${path}/.rednode.yaml`);
  Deno.mkdirSync(`${path}/.rednode.yaml`);
  assert.equal(await code(() => loadNode(path)), "E_NOT_REGULAR");
  scratch.node("a/b");
  assert.equal(await code(() => loadFamily(`${path}/b`)), "E_NOT_REGULAR");
});

Deno.test("an admin file that is no regular file is refused, not taken for none", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  Deno.mkdirSync(`${path}/etc/redpak-admin.yaml`);
  assert.equal(await code(() => loadNode(path, { admin: true })), "E_NOT_REGULAR");
  assert.equal((await loadNode(path)).admin, undefined);
});

Deno.test("a configuration of more than a mebibyte is refused", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.file("a/etc/redpak.yaml", "#".repeat(1024 * 1024 + 1));
  assert.equal(await code(() => loadNode(path)), "E_TOO_LARGE");
});
