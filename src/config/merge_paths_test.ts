import { deepEqual, equal } from "node:assert/strict";
import { FACTS, makeFamily } from "./_fixtures.ts";
import { MergeContext } from "./merge_context.ts";
import { mergePath } from "./merge_paths.ts";
import { visitNodes } from "./merge_visit.ts";
import type { Family } from "./node.ts";

function merge(family: Family, expand = true) {
  const context = new MergeContext(family[0], { admin: true, facts: FACTS, expand });
  return { path: mergePath("path", visitNodes(family, true), context), problems: context.problems, context };
}

const path = (text: string) => ({ config: { path: text } });

Deno.test("empty and repeated elements are dropped, commands stand for nothing", () => {
  const family = makeFamily({ path: "/x", normal: path(":/a::/b:/a:/b/:$(echo /c):$NOPE:${HOME}:$NODE_ALIAS:") });
  const merged = merge(family);
  deepEqual(merged.path.map(({ value }) => value), ["/a", "/b", "/b/", "{HOME}", "x"]);
  deepEqual(merged.context.pending, []);
});

Deno.test("the leaf's elements come first, in each node those of the admin file, each text for its own node", () => {
  const family = makeFamily(
    { path: "/p/c", normal: path("$NODE_ALIAS/n:/both"), admin: path("$NODE_ALIAS/a") },
    { path: "/p", normal: path("/both:$NODE_ALIAS/n"), admin: path("$NODE_ALIAS/a:$LEAF_ALIAS/a") },
  );
  deepEqual(merge(family).path.map(({ value, node, part }) => `${value} ${node.path} ${part}`), [
    "c/a /p/c admin",
    "c/n /p/c normal",
    "/both /p/c normal",
    "p/a /p admin",
    "p/n /p normal",
  ]);
});

Deno.test("nothing is nothing", () => {
  deepEqual(merge(makeFamily({ path: "/x", normal: path("::$NOPE") })).path, []);
});

Deno.test("without expansion the elements are raw", () => {
  const { path: merged } = merge(makeFamily({ path: "/x", normal: path("$A:/b") }), false);
  deepEqual(merged.map(({ value }) => value), ["$A", "/b"]);
});

Deno.test("a search path longer than 64 KiB is refused where it grows too long", () => {
  const nodes = Array.from({ length: 17 }, (_, index) => {
    const text = String(index).padStart(2, "0").padEnd(4000, "x");
    return { path: `/n${index}`, normal: path(text) };
  });
  const [leaf, ...ancestors] = nodes;
  const problems = (count: number) => merge(makeFamily(leaf ?? { path: "/" }, ...ancestors.slice(0, count))).problems;
  equal(problems(15).length, 0);
  deepEqual(problems(16).map(({ code, where }) => [code, where?.file]), [["E_EXPAND_LIMIT", "/n16/etc/redpak.yaml"]]);
});
