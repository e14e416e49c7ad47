/** `redpak history`, `undo` and `recover`, on transactions that are made without packages. */
import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { commit } from "../../src/packages/generation/commit.ts";
import { openLockedContent, withState } from "../../src/packages/generation/node_content.ts";
import { prepare } from "../../src/packages/generation/prepare.ts";
import { lockNode } from "../../src/store/lock_node.ts";
import { exists, PATH, redpak, Scratch, SYSTEM } from "./_node.ts";

async function makeNode(scratch: Scratch, transactions: number): Promise<string> {
  const node = scratch.node("n", SYSTEM + PATH);
  scratch.file("n/usr/version", "0");
  using lock = lockNode(node);
  using opened = openLockedContent(libc(), node, lock);
  using content = withState(opened);
  for (let number = 1; number <= transactions; number++) {
    using staging = prepare(content, { paths: [], isWritten: () => false });
    Deno.writeTextFileSync(`${staging.root}/new`, String(number));
    Deno.renameSync(`${staging.root}/new`, `${staging.root}/usr/version`);
    await commit(staging, { command: ["install", `tool-${number}`], packages: [], time: 0 });
  }
  return node;
}

const version = (node: string) => Deno.readTextFileSync(`${node}/usr/version`);

// deno-lint-ignore no-explicit-any -- whatever the document holds
const json = (args: readonly string[]): any => JSON.parse(redpak([...args, "--json"]).stdout).data;

Deno.test("a history lists the transactions, and undo takes the last one back, again and again", async () => {
  using scratch = new Scratch();
  const node = await makeNode(scratch, 2);
  const states = () =>
    json(["history", node]).transactions.map(({ number, state }: Record<string, unknown>) => [number, state]);
  assert.deepEqual(states(), [[2, "current"], [1, "done"]]);
  assert.match(redpak(["history", node]).stdout, /2 .* current +yes +install tool-2\n1 /);

  assert.equal(redpak(["undo", node, "--dry-run"]).stdout, `would undo transaction 2 (install tool-2) in ${node}\n`);
  assert.equal(version(node), "2");
  assert.equal(redpak(["undo", node, "--yes"]).stdout, `undid transaction 2 (install tool-2) in ${node}\n`);
  assert.equal(version(node), "1");
  assert.equal(json(["undo", node, "--yes"]).transaction, 1);
  assert.equal(version(node), "0");
  assert.deepEqual(states(), [[2, "undone"], [1, "undone"]]);
  assert.equal(redpak(["undo", node, "--yes"]).code, 4);

  assert.equal(redpak(["undo", node, "--redo", "--yes"]).stdout, `redid transaction 1 (install tool-1) in ${node}\n`);
  assert.equal(version(node), "1");
});

Deno.test("undo asks first, and says who is in its way", async () => {
  using scratch = new Scratch();
  const node = await makeNode(scratch, 1);
  const unasked = redpak(["undo", node]);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /standard input is not a terminal\n.*hint: --yes/s);
  using _lock = lockNode(node);
  const busy = redpak(["undo", node, "--yes", "--wait", "0.1"]);
  assert.equal(busy.code, 7);
  assert.match(busy.stderr, new RegExp(`\\(process ${Deno.pid}\\) is changing it`));
  assert.equal(version(node), "1");
});

Deno.test("what is no node has no transactions", () => {
  using scratch = new Scratch();
  for (const command of ["history", "undo", "recover"]) {
    const { code, stderr } = redpak([command, scratch.path, "--yes"]);
    assert.equal(code, 4, command);
    assert.match(stderr, /Cannot open node .*: it has no \.rednode\.yaml/);
  }
});

Deno.test("recover finishes what was decided, removes what was not, and says when there is nothing to do", async () => {
  using scratch = new Scratch();
  const node = await makeNode(scratch, 1);
  assert.equal(redpak(["recover", node]).stdout, `nothing to do in ${node}\n`);

  const [{ id }] = json(["history", node]).transactions;
  const intent = JSON.stringify({ version: 1, id, directory: `generations/${id}`, to: "before" });
  scratch.file("n/.redpak/commit.json", intent);
  scratch.file("n/.redpak/staging-9-0123456789abcdef/root/usr/half", "");
  assert.equal(redpak(["recover", node, "--dry-run"]).stdout, `would finish: ${node} as before transaction ${id}\n`);
  assert.equal(version(node), "1");
  const { stdout, code } = redpak(["recover", node]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^finished: ${node} is as before transaction ${id}\nremoved 1 transaction`));
  assert.equal(version(node), "0");
  assert.equal(exists(`${node}/.redpak/commit.json`), false);
  assert.equal(exists(`${node}/.redpak/staging-9-0123456789abcdef`), false);
});

Deno.test("a node without transactions has no history, and one that is none is not found", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  assert.equal(redpak(["history", node]).stdout, "no transactions\n");
  assert.equal(redpak(["undo", node, "--yes"]).code, 4);
  assert.equal(redpak(["history", `${node}/nothing`]).code, 4);
  assert.equal(exists(`${node}/.redpak`), false);
});
