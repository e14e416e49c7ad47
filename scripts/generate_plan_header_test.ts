import * as assert from "node:assert/strict";
import { OPERATIONS } from "../src/plan/operation.ts";
import { PLAN_HEADER, planHeader } from "./generate_plan_header.ts";

Deno.test("the stage's header is the one that the table of operations gives", () => {
  assert.equal(Deno.readTextFileSync(PLAN_HEADER), planHeader(), "run scripts/generate_plan_header.ts");
});

Deno.test("the stage's header knows every operation and its operands", () => {
  const rows = [...planHeader().matchAll(/X\(([A-Z_]+), "([a-z-]+)", (\d+), "(\w*)"\)/g)];
  assert.deepEqual(rows.map((row) => row[2]), Object.keys(OPERATIONS));
  assert.deepEqual(rows.find((row) => row[2] === "bind")?.slice(1), ["BIND", "bind", "5", "Stofff"]);
});
