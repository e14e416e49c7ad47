import { deepEqual, equal } from "node:assert/strict";
import { FACTS, makeFamily, type NodeFixture } from "./_fixtures.ts";
import { makeCaseFamily, readMatrix, winner } from "./_matrix.ts";
import { MergeContext, type MergeOptions } from "./merge_context.ts";
import { mergeEnviron } from "./merge_environ.ts";
import { visitNodes } from "./merge_visit.ts";
import type { Family } from "./node.ts";
import type { Environ } from "./schema.ts";

/** 0 removes the variable, 1 sets it: the mode is part of the definition. */
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
  const environ = mergeEnviron(visitNodes(family, true), context);
  const { problems, warnings, pending } = context;
  return { environ, problems, warnings, pending };
}

for (const compat of [false, true]) {
  for (const given of MATRIX) {
    Deno.test(`a variable${compat ? ", in any case as redpak 2.5 has it" : ""}: ${given.title}`, () => {
      const family = makeCaseFamily(given, (value, spell) => ({
        environ: [{
          mode: value === "1" ? "Static" : "Remove",
          key: compat ? spell("Key") : "K",
          value: "v",
          warn: "beware",
        }],
      }));
      const { environ, problems, warnings } = merge(family, { compat });
      deepEqual(problems, []);
      deepEqual(warnings.map(({ code }) => code), given.warns ? ["W_REDEFINED"] : []);
      const [first, ...others] = environ;
      deepEqual(first && [first.node.path, first.part, first.value.mode === "Static" ? "1" : "0"], winner(given));
      deepEqual(others, []);
    });
  }
}

function node(path: string, ...environ: Environ[]): NodeFixture {
  return { path, normal: { environ } };
}

Deno.test("a redefinition tells the ancestor's warning and both places", () => {
  const { warnings } = merge(makeFamily(
    node("/a/b", { mode: "Static", key: "K", value: "1" }),
    node("/a", { mode: "Static", key: "J", value: "0" }, { mode: "Static", key: "K", value: "0", warn: "needed" }),
  ));
  deepEqual(warnings, [{
    code: "W_REDEFINED",
    message: 'variable "K" redefines /a/etc/redpak.yaml:2:2: needed',
    where: { file: "/a/b/etc/redpak.yaml", line: 1, column: 2 },
  }]);
});

const TWICE: readonly [first: Partial<Environ>, second: Partial<Environ>, code: string][] = [
  [{ mode: "Static", value: "v" }, { mode: "Static", value: "v" }, "W_DEFINED_TWICE"],
  [{ mode: "Remove" }, { mode: "Remove", value: "v" }, "W_DEFINED_TWICE"],
  [{ mode: "Static", value: "v" }, { mode: "Static", value: "w" }, "E_DEFINED_TWICE"],
  [{ mode: "Static", value: "v" }, { mode: "Default", value: "v" }, "E_DEFINED_TWICE"],
];
for (const [first, second, code] of TWICE) {
  Deno.test(`${JSON.stringify(first)} and ${JSON.stringify(second)} in one file: ${code}`, () => {
    const entries = [first, second].map((entry): Environ => ({ mode: "Default", key: "K", ...entry }));
    const { environ, problems, warnings } = merge(makeFamily(node("/a", ...entries)));
    deepEqual([...problems, ...warnings].map(({ code, where }) => [code, where?.line]), [[code, 2]]);
    equal(environ[0]?.where.line, 1);
  });
}

Deno.test("an overruled variable keeps its place; all others are in reverse order of discovery", () => {
  const statics = (...keys: string[]) => keys.map((key): Environ => ({ mode: "Static", key, value: "" }));
  const family = makeFamily(
    { path: "/a/b", normal: { environ: statics("one", "two") } },
    { path: "/a", normal: { environ: statics("three", "four") }, admin: { environ: statics("five", "two") } },
  );
  deepEqual(merge(family).environ.map(({ value, part }) => `${value.key} ${part}`), [
    "four normal",
    "three normal",
    "five admin",
    "two admin",
    "one normal",
  ]);
});

Deno.test("variables that differ in case are two", () => {
  const { environ } = merge(makeFamily(node(
    "/a",
    { mode: "Static", key: "http_proxy", value: "1" },
    { mode: "Static", key: "HTTP_PROXY", value: "2" },
  )));
  equal(environ.length, 2);
});

const VALUES: readonly [entry: Environ, value: string | undefined, raw: string | undefined][] = [
  [
    { mode: "Default", key: "K", value: "$NODE_ALIAS $LEAF_ALIAS $HOME" },
    "a b /home/me",
    "$NODE_ALIAS $LEAF_ALIAS $HOME",
  ],
  [{ mode: "Default", key: "K", value: "$(echo hi)!" }, "hi\n!", "$(echo hi)!"],
  [{ mode: "Static", key: "K", value: "$HOME \\$" }, "$HOME \\$", "$HOME \\$"],
  [{ mode: "Execfd", key: "K", value: "echo hi" }, "hi", "echo hi"],
  [{ mode: "Execfd", key: "K", value: "true" }, "", "true"],
  [{ mode: "Execfd", key: "K", value: "echo $HOME" }, "$(echo $HOME)", "echo $HOME"],
  [{ mode: "Inherit", key: "HOME", value: "ignored" }, "/home/me", undefined],
  [{ mode: "Inherit", key: "toString" }, "", undefined],
  [{ mode: "Remove", key: "K", value: "ignored" }, undefined, undefined],
];
for (const [entry, value, raw] of VALUES) {
  Deno.test(`${JSON.stringify(entry)} becomes ${JSON.stringify(value)}`, () => {
    const family = makeFamily({ path: "/a/b" }, node("/a", entry));
    const facts = { ...FACTS, env: { HOME: "/home/me" } };
    const outputs = new Map([["echo hi", "hi\n"], ["true", ""]]);
    const { environ, pending } = merge(family, { facts, outputs });
    deepEqual(environ[0]?.value.value, value);
    equal(environ[0]?.value.mode, entry.mode);
    deepEqual(
      pending.map(({ command, use }) => [command, use]),
      value?.startsWith("$(") ? [[entry.value, "environ"]] : [],
    );
    deepEqual(merge(family, { facts, outputs, expand: false }).environ[0]?.value.value, raw);
  });
}

Deno.test("compat: names that differ only in the case of ASCII letters are one, spelled by the winner", () => {
  const parent = node("/a", { mode: "Static", key: "HTTP_proxy", value: "0" }, {
    mode: "Static",
    key: "É",
    value: "0",
  });
  const child = node("/a/b", { mode: "Static", key: "http_PROXY", value: "1" }, {
    mode: "Static",
    key: "é",
    value: "1",
  });
  const keys = (compat: boolean) => merge(makeFamily(child, parent), { compat }).environ.map(({ value }) => value.key);
  deepEqual(keys(true), ["É", "é", "http_PROXY"]);
  deepEqual(keys(false), ["É", "HTTP_proxy", "é", "http_PROXY"]);
  const twice = node("/a", { mode: "Static", key: "K", value: "0" }, { mode: "Static", key: "k", value: "1" });
  deepEqual(merge(makeFamily(twice), { compat: true }).problems.map(({ code }) => code), ["E_DEFINED_TWICE"]);
});

Deno.test("compat: the output of a command keeps its final newlines", () => {
  const family = makeFamily(node("/a", { mode: "Execfd", key: "K", value: "date" }));
  const value = (compat: boolean) => {
    return merge(family, { compat, outputs: new Map([["date", "now\n\n"]]) }).environ[0]?.value.value;
  };
  deepEqual([value(true), value(false)], ["now\n\n", "now"]);
});

for (const mode of ["Default", "Static", "Execfd"] as const) {
  Deno.test(`compat: a variable of mode ${mode} without value is empty, which is said, and no command is run`, () => {
    const family = makeFamily(node("/a", { mode, key: "K" }));
    const { environ, warnings, pending } = merge(family, { compat: true });
    deepEqual([environ[0]?.value, pending], [{ mode, key: "K", value: "" }, []]);
    deepEqual(warnings, [{
      code: "W_VALUE_MISSING",
      message: `variable "K" of mode ${mode} has no value; it is empty`,
      where: { file: "/a/etc/redpak.yaml", line: 1, column: 2 },
    }]);
    deepEqual(merge(family, { compat: true, expand: false }).environ[0]?.value, { mode, key: "K" });
  });
}

Deno.test("compat: values that are not expanded stay as they are written, whatever the mode", () => {
  const entries = (["Remove", "Inherit", "Execfd", "Default"] as const).map((mode): Environ => (
    { mode, key: mode, value: "$X" }
  ));
  const { environ } = merge(makeFamily(node("/a", ...entries)), { compat: true, expand: false });
  deepEqual(environ.map(({ value }) => value.value), ["$X", "$X", "$X", "$X"]);
});
