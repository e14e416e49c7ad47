import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { mergeFamily } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { Family } from "../config/node.ts";
import { BIND_MODES, type Export } from "../config/schema.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { FACTS_OF_ROOT, families, few, type Files, type Made, toFamily } from "./_arbitrary_family.ts";
import { looserDimensions } from "./_oracle.ts";
import { findLoosenings } from "./find_loosenings.ts";

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

/** Admin files of children may loosen what normal files say: only that of the root is in the game. */
function withRootAdmin(files: Made["files"]): Made["files"] {
  return files.map((part, index) => index === 0 ? part : { normal: part.normal });
}

const RUNS = { numRuns: 2000 };

Deno.test("a family without findings is a Russian doll, one with findings is not", () => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(families, ({ files: made, admin }) => {
      const files = withRootAdmin(made);
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
    fc.property(families, ({ files, admin }) => {
      const [root, middle, leaf] = withRootAdmin(files);
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
  (files) => ({ ...files, config: { ...files.config, seccomp: "strict" } }),
  (files) => ({ ...files, config: { ...files.config, "tmpfs-size": 1 } }),
  (files) => ({ ...files, config: { ...files.config, "tmpfs-exec": false } }),
  (files) => ({ ...files, config: { ...files.config, proc: "pid" } }),
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
    fc.property(families, fc.constantFrom(...RESTRICTIONS), ({ files: made, admin }, restrict) => {
      const files = withRootAdmin(made);
      const last = files.at(-1)!;
      const tighter = { ...last, normal: restrict(last.normal), ...last.admin && { admin: restrict(last.admin) } };
      const before = find(toFamily(files), admin);
      const after = find(toFamily([...files.slice(0, -1), tighter]), admin);
      if (before === undefined || after === undefined) return;
      // Landlock is off with CAP_SYS_ADMIN: to say so counts only for who has dropped that.
      const count = (problems: typeof after) => problems.filter(({ code }) => code !== "E_LOOSENED_LANDLOCK").length;
      equal(count(after) <= count(before), true, JSON.stringify(after));
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
