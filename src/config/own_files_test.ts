import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { isWithin } from "../core/path.ts";
import { makeNode } from "./_fixtures.ts";
import type { Family, RedNode } from "./node.ts";
import { guardOwnFiles } from "./own_files.ts";

function node(path: string, admin?: string): RedNode {
  return { ...makeNode({ path }), ...admin !== undefined && { adminFile: `${path}/etc/${admin}` } };
}

const complete = (path: string) => node(path, "redpak-admin.yaml");

/** What of an export is covered: read-only, or writable where it begins with "+". */
function covered(source: string, family: Family): string[] | string {
  const { covers, refusal } = guardOwnFiles(source, family);
  return refusal ?? covers.map(({ path, readOnly }) => `${readOnly ? "" : "+"}${path}`);
}

Deno.test("of a node's own directory its configuration cannot be written, nor put in another place", () => {
  assert.deepEqual(covered("/p/c", [node("/p/c"), node("/p")]), [
    "/p/c/.rednode.yaml",
    "/p/c/etc",
    "/p/c/.redpak",
  ]);
});

Deno.test("where both files are there, what else is beside them stays writable", () => {
  const whole = [
    "/p/c/.rednode.yaml",
    "+/p/c/etc",
    "/p/c/etc/redpak.yaml",
    "/p/c/etc/redpak-admin.yaml",
    "/p/c/.redpak",
  ];
  assert.deepEqual(covered("/p/c/", [complete("/p/c"), node("/p")]), whole);
  const old = node("/p/c", "redpack-admin.yaml");
  assert.deepEqual(covered("/p/c", [old]), ["/p/c/.rednode.yaml", "/p/c/etc", "/p/c/.redpak"]);
});

Deno.test("of an ancestor's directory the branch that the node is in cannot be written either", () => {
  assert.deepEqual(covered("/p", [node("/p/x/c"), node("/p")]), ["/p/x", "/p/.rednode.yaml", "/p/etc", "/p/.redpak"]);
  assert.deepEqual(covered("/p", [node("/p/etc/c"), complete("/p")]), ["/p/etc", "/p/.rednode.yaml", "/p/.redpak"]);
});

Deno.test("a directory around the node that is none itself is refused: it could become one", () => {
  const family: Family = [node("/srv/p/x/c"), node("/srv/p")];
  for (const source of ["/", "/srv", "/srv/p/x", "/srv/p/y/.././x/"]) {
    assert.match(String(covered(source, family)), /could make it a node/);
  }
  for (const source of ["/srv/p/xc", "/srv/p/x/c/home", "/sr", "/home"]) assert.deepEqual(covered(source, family), []);
});

Deno.test("what a family's configuration is read from is no writable export", () => {
  const family: Family = [node("/p/c"), complete("/p")];
  for (
    const source of [
      "/p/c/.rednode.yaml",
      "/p/c/etc",
      "/p/c/etc/redpak.yaml",
      "/p/.rednode.yaml",
      "/p/etc/redpak-admin.yaml",
      "/p/c/.redpak",
      "/p/.redpak/generations/1",
    ]
  ) assert.equal(typeof covered(source, family), "string", source);
  assert.deepEqual(covered("/p/etc", family), ["/p/etc/redpak.yaml", "/p/etc/redpak-admin.yaml"]);
  for (const source of ["/p/c/etc/app", "/p/etc/redpak.d", "/q/etc", "/etc"]) {
    assert.deepEqual(covered(source, family), []);
  }
});

Deno.test("no path that a launch reads can be changed by any export that is not refused", () => {
  const paths = ["/p", "/p/x", "/p/x/c", "/p/x/c/d"];
  const names = fc.constantFrom("etc", "x", "c", "d", ".redpak", "home", "redpak.yaml", ".rednode.yaml");
  fc.assert(fc.property(
    fc.subarray(paths, { minLength: 1 }),
    fc.func(fc.constantFrom(undefined, "redpak-admin.yaml", "redpack-admin.yaml")),
    fc.array(names, { maxLength: 4 }),
    (members, admin, parts) => {
      const [leaf, ...ancestors] = members.map((path) => node(path, admin(path))).reverse();
      const source = `/p/${parts.join("/")}`.replace(/\/$/, "");
      const { covers, refusal } = guardOwnFiles(source, [leaf!, ...ancestors]);
      if (refusal !== undefined) return;
      for (const path of readPaths([leaf!, ...ancestors])) {
        if (!isWithin(path, source)) continue;
        const [deepest] = covers.filter((cover) => isWithin(path, cover.path)).sort((a, b) =>
          b.path.length - a.path.length
        );
        assert.ok(deepest?.readOnly, `${path} in ${source}`);
        // Every directory on the way is a mount point or below one that is read-only.
        let at = source;
        for (const name of deepest.path.slice(source.length).split("/").slice(1)) {
          at = `${at}/${name}`;
          assert.ok(covers.some((cover) => cover.path === at), at);
        }
      }
    },
  ));
});

/** All that the next launch of the leaf looks at, be it there or not. */
function readPaths(family: Family): string[] {
  const result: string[] = [];
  for (let path = family[0].path; path !== ""; path = path.slice(0, path.lastIndexOf("/"))) {
    result.push(`${path}/.rednode.yaml`);
    const member = family.find((node) => node.path === path);
    if (member === undefined) continue;
    const isComplete = member.adminFile === `${path}/etc/redpak-admin.yaml`;
    const old = isComplete ? [] : ["etc/redpack.yaml", "etc/redpack-admin.yaml"];
    const names = [".redpak", "etc/redpak.yaml", "etc/redpak-admin.yaml", ...old];
    result.push(...names.map((name) => `${path}/${name}`));
  }
  return result;
}
