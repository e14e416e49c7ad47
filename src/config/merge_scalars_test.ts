import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { FACTS, makeFamily, type NodeFixture } from "./_fixtures.ts";
import { MergeContext } from "./merge_context.ts";
import { applyIdentity, expandScalars, overrideScalars, pickScalars } from "./merge_scalars.ts";
import { visitParts } from "./merge_visit.ts";
import type { Family, Part } from "./node.ts";
import { SCALAR_KEYS, type Scalars } from "./schema.ts";

function merge(family: Family, changes: { env?: Record<string, string>; expand?: boolean } = {}) {
  const picked = pickScalars(visitParts(family, true));
  const facts = { ...FACTS, env: changes.env ?? {} };
  const context = new MergeContext(family[0], { admin: true, facts, expand: changes.expand ?? true });
  applyIdentity(picked, context);
  return { scalars: expandScalars(picked, context), problems: context.problems, facts: context.facts };
}

const node = (path: string, normal: Scalars, admin?: Scalars): NodeFixture => ({
  path,
  normal: { config: normal },
  ...(admin && { admin: { config: admin } }),
});

Deno.test("every admin value comes before every normal one, each nearest first", () => {
  const order: readonly [string, Part][] = [
    ["/a/b/c", "admin"],
    ["/a/b", "admin"],
    ["/a", "admin"],
    ["/a/b/c", "normal"],
    ["/a/b", "normal"],
    ["/a", "normal"],
  ];
  const places = fc.subarray(order.map((_, index) => index), { minLength: 1 });
  fc.assert(fc.property(places, fc.constantFrom(...SCALAR_KEYS), (given, key) => {
    const at = (path: string, part: Part) =>
      given.some((index) => order[index]?.[0] === path && order[index]?.[1] === part) ? { config: { [key]: "1" } } : {};
    const [leaf, ...ancestors] = ["/a/b/c", "/a/b", "/a"].map((path) => (
      { path, normal: at(path, "normal"), admin: at(path, "admin") }
    ));
    const found = merge(makeFamily(leaf ?? { path: "/" }, ...ancestors)).scalars[key];
    deepEqual(found && [found.node.path, found.part], order[given[0] ?? 0]);
  }));
});

Deno.test("false, 0 and the empty text of a child are values like others", () => {
  const child: Scalars = { gpgcheck: false, unsafe: false, "inherit-env": false, verbose: 0, hostname: "" };
  const parent: Scalars = { gpgcheck: true, unsafe: true, "inherit-env": true, verbose: 3, hostname: "h" };
  const { scalars } = merge(makeFamily(node("/a/b", child), node("/a", parent)));
  for (const key of Object.keys(child) as (keyof Scalars)[]) equal(scalars[key]?.value, child[key], key);
});

Deno.test("Unset is no value", () => {
  const family = makeFamily(node("/a/b", { "new-session": "Unset" }), node("/a", { "new-session": "Disabled" }));
  equal(merge(family).scalars["new-session"]?.value, "Disabled");
  equal(merge(makeFamily(node("/a", { "new-session": "Unset" }))).scalars["new-session"], undefined);
});

Deno.test("an ancestor's text is expanded for the leaf, and once", () => {
  const family = makeFamily(node("/a/b", {}), node("/a", { hostname: "$NODE_ALIAS", chdir: "\\\\$NODE_PATH" }));
  const { scalars } = merge(family);
  deepEqual([scalars.hostname?.value, scalars.hostname?.node.path], ["b", "/a"]);
  equal(scalars.chdir?.value, "\\$NODE_PATH");
  equal(merge(family, { expand: false }).scalars.hostname?.value, "$NODE_ALIAS");
});

Deno.test("set-user, set-group and smack are taken as they are written", () => {
  const written: Scalars = { "set-user": "0", "set-group": "can", smack: "$LABEL" };
  const { scalars } = merge(makeFamily(node("/a", written)), { env: { LABEL: "x" } });
  for (const key of Object.keys(written) as (keyof Scalars)[]) equal(scalars[key]?.value, written[key]);
});

Deno.test("a text that cannot be expanded hides no other", () => {
  const { problems } = merge(makeFamily(node("/a", { cachedir: "$A", hostname: "$A" })), { env: { A: "$A" } });
  deepEqual(problems.map(({ code, where }) => [code, where?.file]), [
    ["E_EXPAND_CYCLE", "/a/etc/redpak.yaml"],
    ["E_EXPAND_CYCLE", "/a/etc/redpak.yaml"],
  ]);
});

const IDENTITIES: readonly [scalars: Scalars, uid: number, gid: number, codes: string[]][] = [
  [{}, 1000, 100, []],
  [{ "set-user": "driver" }, 77, 78, []],
  [{ "set-group": "can" }, 1000, 79, []],
  [{ "set-user": "5", "set-group": "6" }, 5, 6, []],
  [{ "set-user": "nobody-knows", "set-group": "none" }, 1000, 100, ["E_USER_UNKNOWN", "E_GROUP_UNKNOWN"]],
];
for (const [given, uid, gid, codes] of IDENTITIES) {
  Deno.test(`${JSON.stringify(given)} makes $UID ${uid} and $GID ${gid}`, () => {
    const family = makeFamily(node("/a", { ...given, hostname: "$UID-$GID" }));
    const { scalars, problems } = merge(family);
    equal(scalars.hostname?.value, `${uid}-${gid}`);
    deepEqual(problems.map(({ code }) => code), codes);
    deepEqual(merge(family, { expand: false }).problems, []);
  });
}

Deno.test("what the command line says counts before every file", () => {
  const family = makeFamily(node("/a/b", { "set-user": "driver" }, { "set-user": "root", "set-group": "can" }));
  const picked = pickScalars(visitParts(family, true));
  const { "set-user": user, "set-group": group } = overrideScalars(picked, { "set-user": "7" }, family[0]);
  deepEqual([user?.value, group?.value], ["7", "can"]);
});
