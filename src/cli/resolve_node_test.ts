import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { Scratch } from "../store/_scratch.ts";
import { resolveNewNode, resolveNode } from "./resolve_node.ts";

Deno.test("a word is an alias below the root, a text with a slash is a path", async () => {
  using scratch = new Scratch();
  const path = scratch.node("plain/nav");
  assert.equal(await resolveNode("nav", scratch.path), path);
  for (const name of ["./nav", ".", "..", "/nav"]) assert.equal(await resolveNode(name, scratch.path), name);
  assert.equal(await resolveNode("nav", undefined), "nav");
});

Deno.test("an alias that two nodes have is refused, naming both", async () => {
  using scratch = new Scratch();
  const paths = [scratch.node("a/nav"), scratch.node("b/nav")];
  await assert.rejects(() => resolveNode("nav", scratch.path), (error) => {
    assert(error instanceof RedpakError);
    assert.equal(error.code, "E_ALIAS_AMBIGUOUS");
    assert.deepEqual(error.hints, paths.map((path) => `name it by its path: ${path}`));
    return true;
  });
});

Deno.test("a misspelt alias gets a proposal", async () => {
  using scratch = new Scratch();
  scratch.node("navigation");
  await assert.rejects(() => resolveNode("navigaton", scratch.path), (error) => {
    assert(error instanceof RedpakError);
    assert.equal(error.exit, 4);
    assert.equal(error.hints[0], "did you mean navigation?");
    return true;
  });
});

Deno.test("a new node's word is a directory below the root", () => {
  assert.equal(resolveNewNode("nav", "/srv"), "/srv/nav");
  assert.equal(resolveNewNode("./nav", "/srv"), "./nav");
});
