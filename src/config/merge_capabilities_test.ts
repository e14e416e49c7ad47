import { deepEqual, equal } from "node:assert/strict";
import type { Problem } from "../core/error.ts";
import { makeFamily, type NodeFixture } from "./_fixtures.ts";
import { makeCaseFamily, readMatrix, winner } from "./_matrix.ts";
import { mergeCapabilities } from "./merge_capabilities.ts";
import { visitNodes } from "./merge_visit.ts";
import type { Family } from "./node.ts";

const MATRIX = readMatrix(`
  -     | -   | -   | nothing
  -     | 0/1 | -   | normal
  -     | *   | 0/1 | admin
  0N    | -   | -   | parent
  0N    | 0   | -   | normal +warn
  0N    | 1   | -   | error
  0N    | *   | 0/1 | admin
  1N    | -   | -   | parent
  1N    | 0/1 | -   | normal +warn
  1N    | *   | 0/1 | admin
  0A    | *   | -   | parent
  0A    | *   | 0   | admin +warn
  0A    | *   | 1   | error
  1A    | *   | -   | parent
  1A    | *   | 0/1 | admin +warn
`);

function merge(family: Family, compat = false) {
  const context = { problems: [] as Problem[], warnings: [] as Problem[], compat };
  return { capabilities: mergeCapabilities(visitNodes(family, true), context), ...context };
}

for (const compat of [false, true]) {
  for (const given of MATRIX) {
    Deno.test(`a capability${compat ? ", as redpak 2.5 has it" : ""}: ${given.title}`, () => {
      const family = makeCaseFamily(
        given,
        (value, spell) => ({
          config: { capabilities: [{ cap: spell("Cap_Kill"), add: value === "1", warn: "beware" }] },
        }),
      );
      const { capabilities, problems, warnings } = merge(family, compat);
      deepEqual(problems.map(({ code }) => code), given.effect === "error" ? ["E_CAPABILITY_LOOSENED"] : []);
      deepEqual(warnings.map(({ code }) => code), given.warns ? ["W_REDEFINED"] : []);
      if (given.effect === "error") return;
      const [first] = capabilities;
      deepEqual(first && [first.node.path, first.part, first.value.add ? "1" : "0"], winner(given));
      const spelled = { parent: "CAP_KILL", normal: "cap_kill", admin: "Cap_Kill", nothing: undefined };
      equal(first?.value.cap, compat || first === undefined ? spelled[given.effect] : "CAP_KILL");
    });
  }
}

function node(path: string, ...capabilities: readonly [cap: string, add: boolean][]): NodeFixture {
  return { path, normal: { config: { capabilities: capabilities.map(([cap, add]) => ({ cap, add })) } } };
}

Deno.test("a refused capability names both places and what would be allowed", () => {
  deepEqual(merge(makeFamily(node("/a/b", ["CAP_KILL", true]), node("/a", ["cap_kill", false]))).problems, [{
    code: "E_CAPABILITY_LOOSENED",
    message: 'Cannot add capability "CAP_KILL": dropped by /a/etc/redpak.yaml:1:3',
    where: { file: "/a/b/etc/redpak.yaml", line: 1, column: 3 },
    hints: ["it can be dropped (add: 0) or left out here"],
    fix: { action: "set", file: "/a/b/etc/redpak.yaml", path: ["config", "capabilities", 0, "add"], text: "0" },
  }]);
});

Deno.test("without a warn text nothing is said about a redefinition", () => {
  deepEqual(merge(makeFamily(node("/a/b", ["X", false]), node("/a", ["X", true]))).warnings, []);
});

Deno.test("a capability twice in one file is a warning when equal and an error when not", () => {
  const equalTwice = merge(makeFamily(node("/a", ["CAP_KILL", true], ["cap_kill", true])));
  deepEqual([equalTwice.problems.length, equalTwice.warnings.map(({ code }) => code)], [0, ["W_DEFINED_TWICE"]]);
  const different = merge(makeFamily(node("/a", ["CAP_KILL", true], ["cap_kill", false])));
  deepEqual(different.problems.map(({ code, where }) => [code, where?.line]), [["E_DEFINED_TWICE", 2]]);
});

Deno.test("ALL comes first, then the root's capabilities; names are in capitals", () => {
  const { capabilities } = merge(makeFamily(
    node("/a/b", ["cap_kill", true], ["all", false]),
    node("/a", ["CAP_CHOWN", true], ["cap_fowner", true]),
  ));
  deepEqual(capabilities.map(({ value }) => value.cap), ["ALL", "CAP_FOWNER", "CAP_CHOWN", "CAP_KILL"]);
});

Deno.test("dropping ALL forbids no single capability", () => {
  equal(merge(makeFamily(node("/a/b", ["CAP_KILL", true]), node("/a", ["ALL", false]))).problems.length, 0);
});

Deno.test("a middle node's violation is found unless the leaf speaks for itself", () => {
  const ancestors = [node("/a/b", ["X", true]), node("/a", ["X", false])];
  equal(merge(makeFamily({ path: "/a/b/c" }, ...ancestors)).problems.length, 1);
  equal(merge(makeFamily(node("/a/b/c", ["X", false]), ...ancestors)).problems.length, 0);
});

Deno.test("compat: names are spelled as in the file, and ALL in any case comes first", () => {
  const family = makeFamily(node("/a/b", ["cap_kill", true]), node("/a", ["all", false], ["Cap_Chown", true]));
  const names = (compat: boolean) => merge(family, compat).capabilities.map(({ value }) => value.cap);
  deepEqual(names(true), ["all", "Cap_Chown", "cap_kill"]);
  deepEqual(names(false), ["ALL", "CAP_CHOWN", "CAP_KILL"]);
});
