import assert from "node:assert/strict";
import { createNode, planCreation } from "./create_node.ts";
import { loadNode } from "./load_node.ts";
import { planUpdate, updateNode } from "./update_node.ts";
import { code, Scratch } from "./_scratch.ts";

const template = (umask: string) => ({
  file: "template",
  text: `headers:\n  alias: x\n  name: x\n  info: x\nconfig:\n  umask: ${umask} # new\n`,
});

async function oldNode(path: string): Promise<void> {
  createNode(
    await planCreation({
      path,
      alias: "Old@1",
      adminAlias: "admin-of-Old@1",
      info: "kept",
      statusInfo: "then",
      compat: true,
      normal: template("022"),
      admin: template("022"),
      timestamp: 1,
      uuid: () => "00000000-0000-4000-8000-000000000000",
    }),
  );
}

const update = (path: string) => {
  return planUpdate({ path, normal: template("027"), admin: template("077"), statusInfo: "now", timestamp: 2 });
};

Deno.test("an update keeps alias, name and info and takes the rest of the templates", async () => {
  using scratch = new Scratch();
  const path = `${scratch.path}/n`;
  await oldNode(path);
  updateNode(await update(path));
  const { normal, admin, status } = await loadNode(path, { admin: true, compat: true });
  const headers = { alias: "Old@1", name: "00000000-0000-4000-8000-000000000000", info: "kept" };
  assert.deepEqual(normal.config, { headers, config: { umask: "027" } });
  assert.deepEqual(admin?.config, { headers: { ...headers, alias: "admin-of-Old@1" }, config: { umask: "077" } });
  assert.deepEqual([status.status.info, status.status.timestamp, status.status.state], ["now", 2, "Enable"]);
  assert.match(Deno.readTextFileSync(normal.file), /# new\n$/);
});

Deno.test("planning an update changes nothing", async () => {
  using scratch = new Scratch();
  const path = `${scratch.path}/n`;
  await oldNode(path);
  await update(path);
  assert.equal((await loadNode(path, { compat: true })).normal.config.config?.umask, "022");
});

Deno.test("a node without one of its files cannot be updated", async () => {
  using scratch = new Scratch();
  const path = scratch.node("n");
  assert.equal(await code(() => update(path)), "E_CONFIG_MISSING");
  assert.equal(await code(() => update(`${scratch.path}/absent`)), "E_NODE_NOT_FOUND");
});
