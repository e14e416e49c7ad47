/** `redpak explain` of packages. */
import assert from "node:assert/strict";
import { json } from "../system/_document.ts";
import { redpak, rootTest, Scratch } from "../system/_node.ts";
import { buildPackage, createRepository, installInNode } from "./_rpm.ts";

interface Link {
  readonly node: string;
  readonly package: { readonly name: string };
}

rootTest("a package is there for another one's sake, or because somebody has asked for it", () => {
  using scratch = new Scratch();
  const top = scratch.node("n", "config: { gpgcheck: false }\n");
  const child = scratch.node("n/c", "");
  const reasons = (node: string, word: string) =>
    json("explain", node, word).data.packages.map((
      { chain, isAsked, dependents }: { chain: Link[]; isAsked: boolean | null; dependents: number },
    ) => [
      ...chain.map((link) => `${link.package.name} of ${link.node === top ? "top" : "child"}`),
      isAsked,
      dependents,
    ]);
  installInNode(top, { name: "base", version: "1" }, { name: "time", version: "1" });
  installInNode(child, { name: "tool", version: "1", requires: ["middle"] }, {
    name: "middle",
    version: "1",
    requires: ["base"],
  }, { name: "other", version: "1", requires: ["middle"] });

  // Who has installed these has left nothing that says what was asked for.
  assert.deepEqual(reasons(child, "base"), [["base of top", "middle of child", "other of child", null, 1]]);
  assert.deepEqual(reasons(child, "tool"), [["tool of child", null, 0]]);
  assert.deepEqual(reasons(top, "base").length, 1, "what needs it is in a node inside");
  const { stdout } = redpak(["explain", child, "middle"]);
  assert.equal(
    stdout,
    `middle-1-1.noarch of ${child}\n  is needed by other-1-1.noarch of ${child}\n` +
      "  which nothing else needs; 1 more need middle: redpak why\n",
  );
  assert.equal(redpak(["explain", child, "package.none"]).code, 4);
  assert.match(
    redpak(["explain", child, "nonsense"]).stderr,
    /no path, key, capability, variable, system call or package/,
  );

  // A word that means something else means that; what a package is called is said with "package.".
  assert.equal(json("explain", child, "time").data.subject, "syscall.time");
  assert.deepEqual(reasons(child, "package.time"), [["time of top", null, 0]]);

  const repository = `${scratch.path}/repository`;
  for (const [name, ...requires] of [["outer", "wanted"], ["wanted", "needed"], ["needed"]] as const) {
    buildPackage({ name, version: "1", requires, files: { [`/usr/share/${name}`]: { content: name } } }, repository);
  }
  createRepository(repository);
  for (const words of [["repo", "add", child, "local", repository], ["install", child, "wanted", "outer", "--yes"]]) {
    const { code, stderr } = redpak(words);
    assert.equal(code, 0, stderr);
  }
  assert.deepEqual(reasons(child, "needed"), [["needed of child", "wanted of child", true, 1]]);
  // The way ends at what somebody has asked for, be it that something needs that as well.
  assert.deepEqual(reasons(child, "wanted"), [["wanted of child", true, 1]]);
});
