import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../core/error.ts";
import { arbitraryPlan } from "./_arbitrary_plan.ts";
import { planFromJson, planToJson } from "./json.ts";
import type { Plan } from "./plan.ts";

function copy(plan: Plan): Record<string, unknown> {
  return JSON.parse(JSON.stringify(planToJson(plan)));
}

const where = { file: "f", line: 1, column: 2 };
const small: Plan = {
  version: 1,
  node: "/n",
  alias: "a",
  admin: true,
  pending: [{ command: "id", use: "environ", where }],
  warnings: [{ code: "W_A", message: "a" }, { code: "W_B", message: "b", where, hints: ["c"] }],
  operations: [
    {
      operation: "rlimit",
      phase: "init",
      origin: where,
      resource: 7,
      soft: 1024n,
      hard: 2n ** 64n - 1n,
      unless: "pids.max",
    },
    { operation: "join", phase: "init", namespace: "net", source: { path: "/x" } },
  ],
};

Deno.test("a plan comes back from JSON as it went", () => {
  fc.assert(fc.property(arbitraryPlan, (plan) => assert.deepEqual(planFromJson(copy(plan)), plan)));
  assert.deepEqual(planFromJson(copy(small)), small);
});

Deno.test("64-bit numbers are decimal text", () => {
  const [operation] = copy(small)["operations"] as Record<string, unknown>[];
  assert.deepEqual([operation!["soft"], operation!["hard"]], ["1024", "18446744073709551615"]);
});

/** Replaces the value at each place of a JSON document in turn. */
function* replacements(value: unknown, by: unknown): Generator<unknown> {
  yield by;
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    for (const inner of replacements((value as Record<string, unknown>)[key], by)) {
      const changed = structuredClone(value) as Record<string, unknown>;
      changed[key] = inner;
      yield changed;
    }
  }
}

Deno.test("a value of another type is refused wherever it stands", () => {
  const refused = { code: "E_PLAN_MALFORMED" };
  for (const by of [null, -1, 0.5, { path: "/", descriptor: 1 }]) {
    for (const changed of replacements(copy(small), by)) {
      assert.throws(() => planFromJson(changed), refused, JSON.stringify(changed));
    }
  }
});

Deno.test("keys that are missing or unknown are refused by name", () => {
  const { alias: _, ...without } = copy(small);
  assert.throws(() => planFromJson(without), { message: "Cannot read the plan: plan.alias is not there" });
  assert.throws(() => planFromJson({ ...copy(small), x: 1 }), { message: "Cannot read the plan: plan.x is not known" });
  const odd = { ...small, operations: [{ operation: "fork", phase: "init", mask: 1 }] };
  assert.throws(() => planFromJson(odd), { message: "Cannot read the plan: plan.operations[0].mask is not known" });
});

Deno.test("numbers that no plan holds are refused", () => {
  for (const soft of ["", "-1", "01", "1.0", "18446744073709551616", 1024]) {
    const operation = { operation: "rlimit", phase: "init", resource: 7, soft, hard: "0", unless: "" };
    assert.throws(() => planFromJson({ ...copy(small), operations: [operation] }), { code: "E_PLAN_MALFORMED" });
  }
});

Deno.test("any JSON value gives a plan or a RedpakError", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.throws(() => planFromJson(value), RedpakError);
  }));
});
