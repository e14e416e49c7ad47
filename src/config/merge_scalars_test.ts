import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { FACTS, makeFamily, type NodeFixture } from "./_fixtures.ts";
import { MergeContext, type MergeOptions } from "./merge_context.ts";
import { applyIdentity, expandScalars, overrideScalars, pickScalars } from "./merge_scalars.ts";
import { visitParts } from "./merge_visit.ts";
import type { Family, Part } from "./node.ts";
import { SCALAR_KEYS, type ScalarKey, type Scalars } from "./schema.ts";

interface Changes extends Partial<MergeOptions> {
  readonly env?: Record<string, string>;
}

function merge(family: Family, { env = {}, ...options }: Changes = {}) {
  const picked = pickScalars(visitParts(family, true), options.compat);
  const context = new MergeContext(family[0], { admin: true, facts: { ...FACTS, env }, ...options });
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

/** Of a key, from the nearest admin file to the farthest normal one: which value wins with compat, which without. */
const COMPAT: readonly [key: ScalarKey, given: readonly unknown[], compat: unknown, strict: unknown][] = [
  ["gpgcheck", [undefined, undefined, false, true], true, false],
  ["unsafe", [false, undefined, undefined, true], true, false],
  ["inherit-env", [undefined, true, false, false], true, true],
  ["inherit-env", [false, false, false, false], undefined, false],
  ["verbose", [undefined, undefined, 0, 3], 3, 0],
  ["verbose", [0, 2, 1, 3], 2, 0],
  ["map-root-user", [undefined, undefined, 0, -1], -1, 0],
  ["map-root-user", [undefined, 0, 0, undefined], undefined, 0],
  ["new-session", [undefined, "Unset", "Disabled", "Enabled"], "Disabled", "Disabled"],
  ["die-with-parent", [undefined, "Enabled", "Disabled", "Unset"], "Enabled", "Enabled"],
  ["umask", [undefined, undefined, "", "022"], "", ""],
];
for (const [key, given, compat, strict] of COMPAT) {
  Deno.test(`compat: of ${key} ${given.join("/")} it is ${compat} that counts`, () => {
    const [childAdmin, parentAdmin, child, parent] = given.map((value) => value === undefined ? {} : { [key]: value });
    const family = makeFamily(node("/a/b", child ?? {}, childAdmin), node("/a", parent ?? {}, parentAdmin));
    equal(merge(family, { compat: true }).scalars[key]?.value, compat);
    equal(merge(family).scalars[key]?.value, strict);
  });
}

Deno.test("compat: the host name and the directory are expanded once more at launch, and nothing else", () => {
  const text = "\\\\$X-$A";
  const family = makeFamily(node("/a", { hostname: text, chdir: text, cachedir: text }));
  const values = (options: Changes) => {
    const { scalars } = merge(family, { env: { X: "x", A: "<\\$X>" }, ...options });
    return [scalars.hostname?.value, scalars.chdir?.value, scalars.cachedir?.value];
  };
  deepEqual(values({ compat: true }), ["$X-<x>", "$X-<x>", "\\$X-<$X>"]);
  deepEqual(values({ compat: true, shown: true }), ["\\$X-<$X>", "\\$X-<$X>", "\\$X-<$X>"]);
  deepEqual(values({}), ["\\$X-<$X>", "\\$X-<$X>", "\\$X-<$X>"]);
  deepEqual(values({ compat: true, expand: false }), [text, text, text]);
});

Deno.test("compat: a command that comes out of an expansion is refused, one that is not run yet is left alone", () => {
  const family = (hostname: string) => makeFamily(node("/a", { hostname }));
  const codes = (hostname: string, output: string) => {
    const outputs = new Map([["c", output]]);
    return merge(family(hostname), { compat: true, outputs }).problems.map(({ code }) => code);
  };
  deepEqual(codes("\\$(c)", "x"), ["E_EXPAND_TWICE"]);
  deepEqual(codes("$(c)", "$(id)"), ["E_EXPAND_TWICE"]);
  deepEqual(codes("\\\\$(c)", "x"), []);
  const { scalars, problems } = merge(family("$(echo \\$X)"), { compat: true });
  deepEqual([scalars.hostname?.value, problems], ["$(echo $X)", []]);
});

Deno.test("compat: what is shown has the user, group and label expanded, what is launched does not", () => {
  const family = makeFamily(node("/a", { "set-user": "$NODE_ALIAS", smack: "$NODE_ALIAS" }));
  const facts = { ...FACTS, userId: () => ({ uid: 1, gid: 1 }) };
  const values = (shown: boolean) => {
    const { scalars } = merge(family, { compat: true, shown, facts });
    return [scalars["set-user"]?.value, scalars.smack?.value];
  };
  deepEqual([values(true), values(false)], [["a", "a"], ["$NODE_ALIAS", "$NODE_ALIAS"]]);
});
