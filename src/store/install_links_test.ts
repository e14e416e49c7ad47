import assert from "node:assert/strict";
import { makeLinks, planLinks } from "./install_links.ts";
import { code, Scratch } from "./_scratch.ts";

Deno.test("what is no link is not replaced, and then nothing is made", async () => {
  using scratch = new Scratch();
  scratch.file("b", "precious");
  assert.equal(await code(() => makeLinks(planLinks(scratch.path, "/opt/x", ["a", "b"]))), "E_LINK_EXISTS");
  assert.deepEqual([...Deno.readDirSync(scratch.path)].map(({ name }) => name), ["b"]);
});

Deno.test("links are made in a directory that is there", async () => {
  using scratch = new Scratch();
  assert.notEqual(await code(() => planLinks(`${scratch.path}/absent`, "/opt/x", ["a"])), undefined);
});
