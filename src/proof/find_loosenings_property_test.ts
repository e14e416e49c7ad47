import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { FACTS, makeFamily, type NodeFixture } from "../config/_fixtures.ts";
import { mergeFamily } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { Family } from "../config/node.ts";
import { BIND_MODES, type Config, type Export, type Sharing } from "../config/schema.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { looserDimensions } from "./_oracle.ts";
import { findLoosenings } from "./find_loosenings.ts";

type Files = Omit<Config, "headers">;

/** Launched by root, so that every user can be asked for. */
const FACTS_OF_ROOT = { ...FACTS, uid: 0, gid: 0 };

const option = fc.constantFrom("Enabled" as const, "Disabled" as const);
const sharing = fc.constantFrom<Sharing[]>("unset", "enabled", "disabled", { join: "/ns/1" }, { join: "/ns/2" });
const entry: fc.Arbitrary<Export> = fc.record({
  mode: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...BIND_MODES) },
    { weight: 1, arbitrary: fc.constantFrom("Tmpfs", "Anonymous", "Symlink", "Procfs", "Devfs", "Mqueue", "Lock") },
  ),
  mount: fc.constantFrom("/m", "/m/x", "/m/x/y", "/m/y", "/n", "/n/x"),
  path: fc.constantFrom("/s", "/s/x", "/s/x/y", "/t", "/t/../s/y", "$NODE_PATH", "$NODE_PATH/x", "/p/x", "/p/c/x"),
});
const keys = fc.record({
  share_all: sharing,
  share_net: sharing,
  share_ipc: sharing,
  share_time: sharing,
  capabilities: fc.uniqueArray(
    fc.record({ cap: fc.constantFrom("ALL", "CAP_KILL", "CAP_CHOWN"), add: fc.boolean() }),
    { selector: ({ cap }) => cap },
  ),
  "set-user": fc.constantFrom("0", "77", "78"),
  "new-session": option,
  "die-with-parent": option,
  "inherit-env": fc.boolean(),
  gpgcheck: fc.boolean(),
}, { requiredKeys: [] });
/** Few things at once, so that not every family is refused. */
const few: fc.Arbitrary<Files> = fc.record({
  exports: fc.uniqueArray(entry, { maxLength: 3, selector: ({ mount }) => mount }),
  config: keys.chain((all) =>
    fc.subarray(Object.keys(all), { maxLength: 2 }).map((kept) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => kept.includes(key)))
    )
  ),
}, { requiredKeys: [] });

const PATHS = ["/p", "/p/c", "/p/c/d", "/p/c/d/e"];
const families = fc.record({
  /** The root first. */
  files: fc.array(fc.record({ normal: few, admin: few }, { requiredKeys: ["normal"] }), { minLength: 1, maxLength: 4 }),
  admin: fc.boolean(),
});

type Made = typeof families extends fc.Arbitrary<infer T> ? T : never;

function toFamily(files: Made["files"]): Family {
  const nodes = files.map((file, depth): NodeFixture => ({ path: PATHS[depth]!, ...file })).reverse();
  return makeFamily(nodes[0]!, ...nodes.slice(1));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof RedpakError) return undefined;
    throw error;
  }
}

const ancestry = (family: Family, index: number) => family.slice(index) as unknown as Family;
const merge = (family: Family, admin: boolean): MergedConfig | undefined =>
  attempt(() => mergeFamily(family, { admin, facts: FACTS_OF_ROOT }));
const find = (family: Family, admin: boolean): readonly Problem[] | undefined =>
  attempt(() => findLoosenings(family, { admin, facts: FACTS_OF_ROOT }));

/** Without what nodes keep for themselves: neither what it shows nor what it hides concerns their children. */
function withoutPrivate<F extends Made["files"][number]>(files: F): F {
  const open = (part: Files): Files => ({
    ...part,
    exports: (part.exports ?? []).filter(({ mode }) => mode !== "Private" && mode !== "PrivateFile"),
  });
  return { ...files, normal: open(files.normal), ...files.admin && { admin: open(files.admin) } };
}

const RUNS = { numRuns: 2000 };

Deno.test("a family without findings is a Russian doll, one with findings is not", () => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(families, ({ files, admin }) => {
      const family = toFamily(files);
      const leaf = merge(family, admin);
      const ancestors = files.slice(0, -1).map((_, index) =>
        merge(toFamily(files.slice(0, index + 1).map(withoutPrivate)), admin)
      ).reverse();
      const findings = find(family, admin);
      equal(findings === undefined, leaf === undefined && family.length > 1);
      if (leaf === undefined || findings === undefined) return;
      const isDoll = ancestors.every((ancestor, index) =>
        ancestor !== undefined && looserDimensions(leaf, ancestor, family[index]!.path).length === 0
      );
      if (family.length > 1) seen[isDoll ? "accepted" : "refused"]++;
      equal(findings.length === 0, isDoll, JSON.stringify(findings));
    }),
    { ...RUNS, seed: 1 },
  );
  equal(seen.accepted > 100 && seen.refused > 100, true, JSON.stringify(seen));
});

Deno.test("a child that says nothing is never looser than its parent", () => {
  fc.assert(
    fc.property(families, ({ files, admin }) => {
      const [root, ...middle] = files.slice(0, 3);
      const family = toFamily([root!, ...middle.map(withoutPrivate), { normal: {} }]);
      const parent = ancestry(family, 1);
      if (merge(parent, admin) === undefined) return;
      const own = new Set(find(parent, admin)?.map(({ where }) => JSON.stringify(where)));
      deepEqual(find(family, admin)?.filter(({ where }) => !own.has(JSON.stringify(where))), []);
    }),
    RUNS,
  );
});

Deno.test("a doll in a doll in a doll is a doll in the outermost", () => {
  fc.assert(
    fc.property(families, ({ files: [root, middle, leaf], admin }) => {
      if (root === undefined || middle === undefined || leaf === undefined) return;
      const family = toFamily([root, middle, leaf].map(withoutPrivate));
      const outer = find(ancestry(family, 1), admin);
      const [first, second, third] = family.map((_, index) => merge(ancestry(family, index), admin));
      if (outer?.length !== 0 || !first || !second || !third) return;
      if (looserDimensions(first, second, "/p/c/d").length > 0) return;
      deepEqual(find(family, admin), []);
    }),
    RUNS,
  );
});

const RESTRICTIONS: readonly ((files: Files) => Files)[] = [
  ...["user", "net", "pid", "ipc", "cgroup", "time"].map((name) => (files: Files) => ({
    ...files,
    config: { ...files.config, [`share_${name}`]: "disabled" },
  })),
  (files) => ({
    ...files,
    config: {
      ...files.config,
      capabilities: ["ALL", "CAP_KILL", "CAP_CHOWN"].map((cap) => ({ cap, add: false })),
    },
  }),
  (files) => ({ ...files, config: { ...files.config, "new-session": "Enabled" } }),
  (files) => ({ ...files, config: { ...files.config, "die-with-parent": "Enabled" } }),
  (files) => ({ ...files, config: { ...files.config, "inherit-env": false } }),
  (files) => ({ ...files, config: { ...files.config, gpgcheck: true } }),
  ...["/m", "/m/x", "/m/x/y", "/other"].map((mount) => (files: Files): Files => ({
    ...files,
    exports: [...(files.exports ?? []).filter((entry) => entry.mount !== mount), { mode: "Tmpfs", mount }],
  })),
  (files) => ({
    ...files,
    exports: (files.exports ?? []).map((entry): Export =>
      BIND_MODES.includes(entry.mode) ? { ...entry, mode: "Restricted" } : entry
    ),
  }),
];

Deno.test("restricting a child further never makes a finding", () => {
  fc.assert(
    fc.property(families, fc.constantFrom(...RESTRICTIONS), ({ files, admin }, restrict) => {
      const last = files.at(-1)!;
      const tighter = { ...last, normal: restrict(last.normal), ...last.admin && { admin: restrict(last.admin) } };
      const before = find(toFamily(files), admin);
      const after = find(toFamily([...files.slice(0, -1), tighter]), admin);
      if (before === undefined || after === undefined) return;
      equal(after.length <= before.length, true, JSON.stringify(after));
    }),
    RUNS,
  );
});

Deno.test("nothing that a child says changes what its parent gets", () => {
  fc.assert(
    fc.property(families, few, few, ({ files, admin }, normal, edited) => {
      const withChild = (child: Files) => ancestry(toFamily([...files.slice(0, 3), { normal: child }]), 1);
      const [one, other] = [withChild(normal), withChild(edited)];
      deepEqual(JSON.stringify(merge(one, admin)), JSON.stringify(merge(other, admin)));
      deepEqual(find(one, admin), find(other, admin));
    }),
    { numRuns: 200 },
  );
});
