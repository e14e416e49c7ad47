import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { FACTS, makeFamily, type NodeFixture } from "./_fixtures.ts";
import { makeCaseFamily, readMatrix, winner } from "./_matrix.ts";
import { MergeContext, type MergeOptions } from "./merge_context.ts";
import { mergeExports } from "./merge_exports.ts";
import { visitNodes } from "./merge_visit.ts";
import type { Family } from "./node.ts";
import { type Export, EXPORT_MODES } from "./schema.ts";

/** 0 is read-only, 1 is writable. */
const MATRIX = readMatrix(`
  -     | -   | -   | nothing
  -     | 0/1 | -   | normal
  0N/1N | -   | -   | parent
  0A/1A | -   | -   | parent
  0N/1N | 0/1 | -   | normal +warn
  0A/1A | 0/1 | -   | parent
  -     | *   | 0/1 | admin
  0N/1N | *   | 0/1 | admin
  0A/1A | *   | 0/1 | admin +warn
`);

function merge(family: Family, options: Partial<MergeOptions> = {}) {
  const context = new MergeContext(family[0], { admin: true, facts: FACTS, ...options });
  const exports = mergeExports(visitNodes(family, true), context);
  const { problems, warnings, pending } = context;
  return { exports, problems, warnings, pending };
}

for (const compat of [false, true]) {
  for (const given of MATRIX) {
    Deno.test(`an export${compat ? ", in any case as redpak 2.5 has it" : ""}: ${given.title}`, () => {
      const family = makeCaseFamily(given, (value, spell) => ({
        exports: [{
          mode: value === "1" ? "Public" : "Restricted",
          mount: compat ? spell("/Mount") : "/m",
          warn: "beware",
        }],
      }));
      const { exports, problems, warnings } = merge(family, { compat });
      deepEqual(problems, []);
      deepEqual(warnings.map(({ code }) => code), given.warns ? ["W_REDEFINED"] : []);
      const [first, ...others] = exports;
      deepEqual(first && [first.node.path, first.part, first.value.mode === "Public" ? "1" : "0"], winner(given));
      deepEqual(others, []);
    });
  }
}

function node(path: string, ...exports: Export[]): NodeFixture {
  return { path, normal: { exports } };
}
const mounts = (family: Family) => merge(family).exports.map(({ value }) => value.mount);

Deno.test("descendants see all exports but the private ones", () => {
  const all = EXPORT_MODES.map((mode): Export => ({ mode, mount: `/${mode}`, path: "/x" }));
  const seen = merge(makeFamily({ path: "/a/b" }, node("/a", ...all))).exports.map(({ value }) => value.mode);
  deepEqual(EXPORT_MODES.filter((mode) => !seen.includes(mode)), ["Private", "PrivateFile"]);
  equal(merge(makeFamily(node("/a", ...all))).exports.length, EXPORT_MODES.length);
});

Deno.test("a private export of an ancestor's admin file overrules nothing", () => {
  const family = makeFamily(
    node("/a/b", { mode: "Public", mount: "/m" }),
    { path: "/a", admin: { exports: [{ mode: "Private", mount: "/m" }] } },
  );
  equal(merge(family).exports[0]?.node.path, "/a/b");
});

Deno.test("mounts are the same when their normalised, expanded paths are", () => {
  const spellings = ["/a", "/a/", "//a", "/./a", "/b/../a", "/$NODE_ALIAS", "a"];
  for (const mount of spellings) {
    const family = makeFamily(
      node("/n/leaf", { mode: "Public", mount: "/a" }),
      node("/a", { mode: "Restricted", mount }),
    );
    deepEqual(merge(family).exports.map(({ value }) => [value.mode, value.mount]), [["Public", "/a"]], mount);
  }
  deepEqual(mounts(makeFamily(node("/n", { mode: "Public", mount: "/a" }, { mode: "Public", mount: "/A" }))), [
    "/A",
    "/a",
  ]);
});

Deno.test("a mount that is no plain absolute path stays as it is, for the plan to refuse", () => {
  for (const mount of ["a", "/b/../a", "../a", "./a"]) {
    deepEqual(mounts(makeFamily(node("/n", { mode: "Tmpfs", mount }))), [mount]);
  }
});

Deno.test("the same text of two nodes is two mounts when it expands to two", () => {
  const own: Export = { mode: "Restricted", mount: "/nodes/$NODE_ALIAS", path: "$NODE_PATH/usr" };
  const { exports } = merge(makeFamily(node("/a/b", own), node("/a", own)));
  deepEqual(exports.map(({ value }) => [value.mount, value.path]), [["/nodes/a", "/a/usr"], ["/nodes/b", "/a/b/usr"]]);
});

Deno.test("an export twice in one file is a warning, with another mode, path, size or right to execute an error", () => {
  const codes = (...exports: Export[]) => {
    const { problems, warnings } = merge(makeFamily(node("/a", ...exports)));
    return [...problems, ...warnings].map(({ code, where }) => [code, where?.line]);
  };
  const first: Export = { mode: "Public", mount: "/m", path: "/x" };
  deepEqual(codes(first, { mode: "Public", mount: "/m/" }), [["W_DEFINED_TWICE", 2]]);
  deepEqual(codes(first, { ...first, path: "/y" }), [["E_DEFINED_TWICE", 2]]);
  deepEqual(codes(first, { ...first, mode: "Restricted" }), [["E_DEFINED_TWICE", 2]]);
  deepEqual(codes({ mode: "Tmpfs", mount: "/m" }, { mode: "Tmpfs", mount: "/m", size: 1 }), [["E_DEFINED_TWICE", 2]]);
  deepEqual(codes({ mode: "Tmpfs", mount: "/m" }, { mode: "Tmpfs", mount: "/m", exec: true }), [[
    "E_DEFINED_TWICE",
    2,
  ]]);
});

Deno.test("exports are sorted by the bytes of their mount", () => {
  const given = ["/usr/x", "/usr-x", "/usr", "/b", "/B", "/\u{1f600}", "/\uff5e", "/é"];
  const family = makeFamily(node("/n", ...given.map((mount): Export => ({ mode: "Tmpfs", mount }))));
  deepEqual(mounts(family), ["/B", "/b", "/usr", "/usr-x", "/usr/x", "/é", "/\uff5e", "/\u{1f600}"]);
});

Deno.test("a mount comes before what it contains", () => {
  const path = fc.array(fc.constantFrom("a", "b", "A", "é", "a-b"), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(fc.array(path), (paths) => {
    const exports = paths.map((parts): Export => ({ mode: "Tmpfs", mount: "/" + parts.join("/") }));
    const sorted = mounts(makeFamily(node("/n", ...exports)));
    for (const [index, mount] of sorted.entries()) {
      equal(sorted.slice(0, index).some((before) => before.startsWith(mount + "/")), false);
    }
  }));
});

const PATHS: readonly [entry: Export, path: string, commands: readonly string[]][] = [
  [{ mode: "Public", mount: "/$NODE_ALIAS/" }, "/n", []],
  [{ mode: "Public", mount: "/m", path: "$NODE_PATH/" }, "/n/", []],
  [{ mode: "Public", mount: "/m", path: "$(echo /x)" }, "$(echo /x)", ["echo /x"]],
  [{ mode: "Symlink", mount: "/m", path: "../$UID" }, "../1000", []],
  [{ mode: "Internal", mount: "/m", path: "$UID" }, "1000", []],
  [{ mode: "Execfd", mount: "/m", path: "getent passwd $UID" }, "getent passwd $UID", ["getent passwd $UID"]],
  [{ mode: "Execfd", mount: "/m", path: "known $UID" }, "known $UID", []],
  [{ mode: "Tmpfs", mount: "/m", path: "$(boom)" }, "/m", []],
];
for (const [entry, path, commands] of PATHS) {
  Deno.test(`the source of ${JSON.stringify(entry)} is ${path}`, () => {
    const family = makeFamily(node("/n", entry));
    const { exports, problems, pending } = merge(family, { outputs: new Map([["known $UID", ""]]) });
    deepEqual(problems, []);
    equal(exports[0]?.value.path, path);
    deepEqual(pending.map(({ command }) => command), commands);
    const raw = merge(family, { expand: false });
    deepEqual([raw.exports[0]?.value.mount, raw.exports[0]?.value.path], [entry.mount, entry.path ?? entry.mount]);
    deepEqual(raw.pending, []);
  });
}

Deno.test("a mount that waits for a command stays as text until the output is known", () => {
  const family = makeFamily(node("/n", { mode: "Tmpfs", mount: "/$(printf a//b)" }));
  deepEqual(mounts(family), ["/$(printf a//b)"]);
  const outputs = new Map([["printf a//b", "a//b"]]);
  deepEqual(merge(family, { outputs }).exports.map(({ value }) => value.mount), ["/a/b"]);
});

Deno.test("an export that an unset variable empties is refused with its position", () => {
  const family = makeFamily(
    node("/n", { mode: "Tmpfs", mount: "$NOPE" }, { mode: "Public", mount: "/m", path: "$NOPE" }),
  );
  deepEqual(merge(family).problems.map(({ code, message, where }) => [code, message, where?.line, where?.column]), [
    ["E_EXPORT_EMPTY", 'Cannot use "$NOPE" as mount of an export: it is empty', 1, 3],
    ["E_EXPORT_EMPTY", 'Cannot use "$NOPE" as path of an export: it is empty', 2, 3],
  ]);
});

const mountsOf = (exports: Export[], options: Partial<MergeOptions> = {}) => {
  return merge(makeFamily({ path: "/a", normal: { exports } }), { compat: true, ...options }).exports
    .map(({ value: { mount, path } }) => [mount, path]);
};

Deno.test("compat: mounts stay as they expand to, and different texts are different mounts", () => {
  const exports = ["/a/", "/a", "//a", "/b/../a", "a", "/A/"].map((mount): Export => ({ mode: "Tmpfs", mount }));
  deepEqual(mountsOf(exports).map(([mount]) => mount), ["//a", "/a", "/a/", "/b/../a", "a"]);
});

Deno.test("compat: an entry that overrules another takes its place in the order, with its own text", () => {
  const family = makeFamily({
    path: "/a/b",
    normal: { exports: [{ mode: "Tmpfs", mount: "/M" }, { mode: "Tmpfs", mount: "/Z" }] },
  }, { path: "/a", admin: { exports: [{ mode: "Anonymous", mount: "/m" }] } });
  const order = (compat: boolean) => merge(family, { compat }).exports.map(({ value }) => [value.mode, value.mount]);
  deepEqual(order(true), [["Anonymous", "/m"], ["Tmpfs", "/Z"]]);
  deepEqual(order(false), [["Tmpfs", "/M"], ["Tmpfs", "/Z"], ["Anonymous", "/m"]]);
});

Deno.test("compat: an ancestor's path ends with a slash", () => {
  const exports: Export[] = [{ mode: "Public", mount: "/x", path: "$NODE_PATH/x $LEAF_PATH $REDNODE_CONF" }];
  const family = makeFamily({ path: "/a/b", normal: {} }, { path: "/a", normal: { exports } });
  const path = (compat: boolean) => merge(family, { compat }).exports[0]?.value.path;
  deepEqual(path(true), "/a//x /a/b /a//etc/redpak.yaml");
  deepEqual(path(false), "/a/x /a/b /a/etc/redpak.yaml");
  deepEqual(mountsOf(exports), [["/x", "/a/x /a /a/etc/redpak.yaml"]]);
});

Deno.test("compat: without a path it is the mount, for a command the raw one", () => {
  const exports: Export[] = [
    { mode: "Symlink", mount: "/$NODE_ALIAS" },
    { mode: "Internal", mount: "7" },
    { mode: "Execfd", mount: "/bin/$X" },
  ];
  deepEqual(mountsOf(exports, { outputs: new Map() }), [["/a", "/a"], ["/bin/", "/bin/$X"], ["7", "7"]]);
  const { pending } = merge(makeFamily({ path: "/a", normal: { exports } }), { compat: true });
  deepEqual(pending.map(({ command, use }) => [command, use]), [["/bin/$X", "export"]]);
});
