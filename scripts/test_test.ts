import assert from "node:assert/strict";
import { beside, tally } from "./test.ts";

Deno.test("the summaries of all test runs are added up", () => {
  const output =
    "x ... ok (1ms)\n\nok | 3 passed | 0 failed (1ms)\nFAILED | 2 passed (4 steps) | 1 failed | 3 ignored (2ms)\n";
  assert.deepEqual(tally(output, false), { passed: 5, failed: 1 });
});

Deno.test("a check without tests counts as one", () => {
  assert.deepEqual(tally("Checked 9 files\n", true), { passed: 1, failed: 0 });
  assert.deepEqual(tally("error: not formatted\n", false), { passed: 0, failed: 1 });
});

Deno.test("a run that failed counts a failure even if its tests passed", () => {
  assert.deepEqual(tally("ok | 3 passed | 0 failed (1ms)\n", false), { passed: 3, failed: 1 });
});

Deno.test("a run of no tests counts none", () => {
  assert.deepEqual(tally("ok | 0 passed | 0 failed (0ms)\n", true), { passed: 0, failed: 0 });
});

Deno.test("what a test prints is no summary", () => {
  assert.deepEqual(tally("  ok | 3 passed | 0 failed\nok | 1 passed | 0 failed (1ms)\n", true), {
    passed: 1,
    failed: 0,
  });
});

Deno.test("a step beside others counts as they do, and says nothing before it is asked", async () => {
  let said = "";
  const script = 'echo "ok | 3 passed | 0 failed (1ms)"; echo why >&2; exit 1';
  const result = beside("x", ["sh", "-c", script], (text) => said += text);
  await new Deno.Command("sh", { args: ["-c", "sleep 0.2"] }).output();
  assert.equal(said, "");
  assert.deepEqual(await result(), { passed: 3, failed: 1 });
  for (const line of ["── x: sh -c", "ok | 3 passed", "why", "── x: failed"]) assert(said.includes(line), said);
});
