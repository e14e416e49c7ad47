import assert from "node:assert/strict";
import { freeIdBase } from "../config/id_range.ts";
import { createNode, type Creation, type NewNode, planCreation } from "./create_node.ts";
import { findTree } from "./find_tree.ts";
import { loadNode } from "./load_node.ts";
import { withPowerCut } from "./_power_cut.ts";
import { code, Scratch } from "./_scratch.ts";

const TEMPLATE = "# comment\nheaders:\n  alias: x # keep\n  name: x\n  info: x\nconfig:\n  umask: 027\n";

function newNode(path: string, rest: Partial<NewNode> = {}): Promise<Creation> {
  return planCreation({
    path,
    alias: "fresh",
    info: "created by a test: today",
    normal: { file: "template", text: TEMPLATE },
    admin: { file: "template", text: TEMPLATE },
    timestamp: 1700000000000,
    uuid: () => "00000000-0000-4000-8000-000000000000",
    ...rest,
  });
}

function entries(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("a new node is a node, with the template's comments", async () => {
  using scratch = new Scratch();
  createNode(await newNode(`${scratch.path}/deep/down/node`));
  const node = await loadNode(`${scratch.path}/deep/down/node`, { admin: true });
  assert.deepEqual(node.normal.config.headers, {
    alias: "fresh",
    name: "00000000-0000-4000-8000-000000000000",
    info: "created by a test: today",
  });
  assert.equal(node.status.status.realpath, node.path);
  assert.equal(node.status.status.state, "Enable");
  const text = Deno.readTextFileSync(node.normal.file);
  assert.match(text, /^# comment\nheaders:\n {2}alias: fresh # keep\n/);
  assert.match(text, /umask: 027\n$/);
});

Deno.test("others cannot write a new node, whatever the umask", async () => {
  using scratch = new Scratch();
  createNode(await newNode(`${scratch.path}/node`));
  for (const { mode } of (await loadNode(`${scratch.path}/node`)).ownerships) assert.equal(mode & 0o022, 0);
});

Deno.test("planning a node changes nothing", async () => {
  using scratch = new Scratch();
  await newNode(`${scratch.path}/node`);
  assert.deepEqual(entries(scratch.path), []);
});

Deno.test("a node is created in a directory that has content already", async () => {
  using scratch = new Scratch();
  scratch.file("node/usr/bin/program", "");
  createNode(await newNode(`${scratch.path}/node`));
  assert.deepEqual(entries(`${scratch.path}/node`), [".rednode.yaml", "etc", "usr"]);
});

Deno.test("what is there already is never overwritten", async () => {
  using scratch = new Scratch();
  const node = scratch.node("node");
  scratch.file("half/etc/redpak.yaml", "");
  scratch.file("file", "");
  for (const path of [node, `${scratch.path}/half`, `${scratch.path}/file`]) {
    assert.equal(await code(() => newNode(path)), "E_NODE_EXISTS");
  }
});

Deno.test("a target that appears after the decision is left alone", async () => {
  using scratch = new Scratch();
  const creation = await newNode(`${scratch.path}/node`);
  scratch.node("node");
  assert.equal(await code(() => createNode(creation)), "E_NODE_EXISTS");
  assert.equal((await loadNode(`${scratch.path}/node`)).normal.config.headers.alias, "node");
  assert.deepEqual(entries(scratch.path), ["node"]);
});

Deno.test("an alias that cannot be a host name is refused", async () => {
  using scratch = new Scratch();
  for (const alias of ["", "a b", "-a", "A", "a/b", "a".repeat(64)]) {
    assert.equal(await code(() => newNode(`${scratch.path}/node`, { alias })), "E_ALIAS");
  }
});

Deno.test("an invalid template is refused before anything is written", async () => {
  using scratch = new Scratch();
  const normal = { file: "template", text: "headers: { alias: a }\nnonsense: 1\n" };
  assert.notEqual(await code(() => newNode(`${scratch.path}/node`, { normal })), undefined);
  assert.deepEqual(entries(scratch.path), []);
});

for (const existing of [false, true]) {
  Deno.test(`creation killed at any moment leaves no half node, ${existing ? "existing" : "new"} directory`, async () => {
    for (let survivors = 0, done = false; !done; survivors++) {
      using scratch = new Scratch();
      if (existing) scratch.file("node/usr/file", "");
      const creation = await newNode(`${scratch.path}/node`);
      done = withPowerCut(survivors, () => createNode(creation));
      const nodes = (await findTree(scratch.path)).nodes;
      assert.equal(nodes.length, done ? 1 : nodes.length);
      // Either there is none, or it is whole.
      for (const { error } of nodes) assert.equal(error, undefined, `after ${survivors} changes`);
      assert(survivors < 50);
    }
  });
}

Deno.test("a new node records ids that no other node of its family's tree has, where it is asked to", async () => {
  using scratch = new Scratch();
  const status = async (name: string, ownIds?: boolean) => {
    createNode(await newNode(`${scratch.path}/${name}`, ownIds === undefined ? {} : { ownIds }));
    return (await loadNode(`${scratch.path}/${name}`)).status;
  };
  assert.equal((await status("plain")).status.ids, undefined);
  const top = await status("top", true);
  const wanted = freeIdBase(`${scratch.path}/top/b`, []);
  Deno.writeTextFileSync(top.file, Deno.readTextFileSync(top.file).replace(/^ids: .*/m, `ids: ${wanted}`));
  const { ids } = (await status("top/b", true)).status;
  assert.ok(ids !== undefined && ids !== wanted);
});
