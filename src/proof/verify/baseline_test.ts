import assert from "node:assert/strict";
import { RedpakError } from "../../core/error.ts";
import { applyBaseline, parseBaseline } from "./baseline.ts";
import type { Finding } from "./finding.ts";

const FINDING: Finding = {
  check: "V-UNOWNED",
  severity: "warning",
  node: "/n",
  path: "/n/usr/bin/x",
  code: "W_VERIFY_UNOWNED",
  message: "File comes from no package",
};

const apply = (baseline: string, ...findings: Finding[]) =>
  applyBaseline(findings, parseBaseline(baseline, "accepted"), "2026-06-01");

Deno.test("what is accepted does not count until the day has passed, and keeps its reason", () => {
  const line = "V-UNOWNED /n /n/usr/bin/x until 2026-06-01: made by hand";
  const { left, accepted } = apply(`# of the prototype\n\n${line}`, FINDING);
  assert.deepEqual([left, accepted], [[], [{ ...FINDING, reason: "made by hand", until: "2026-06-01" }]]);
  const expired = apply(line.replace("06-01", "05-31"), FINDING);
  assert.deepEqual(expired.left.map(({ code }) => code), ["W_VERIFY_UNOWNED", "W_VERIFY_BASELINE"]);
});

Deno.test("an acceptance is for its check, node and subject, and for nothing it is a finding", () => {
  for (const line of ["V-UNOWNED /n", "V-UNOWNED /n W_VERIFY_UNOWNED", "V-UNOWNED /n /n/usr/bin/x"]) {
    assert.deepEqual(apply(`${line} until 2027-01-01: r`, FINDING).left, [], line);
  }
  for (const line of ["V-FILES /n", "V-UNOWNED /m", "V-UNOWNED /n /n/usr/bin/y", "V-UNOWNED /n app-1-1.noarch"]) {
    const { left } = apply(`${line} until 2027-01-01: r`, FINDING);
    assert.deepEqual(left.map(({ code }) => code), ["W_VERIFY_UNOWNED", "W_VERIFY_BASELINE"], line);
  }
});

Deno.test("lines that are none are refused, all of them, with their places", () => {
  const lines = [
    "V-UNOWNED /n until 2027-01-01:",
    "  V-UNOWND /n until 2027-01-01: r",
    "V-UNOWNED /n until 2027-02-30: r",
    "V-UNOWNED n until 2027-01-01: r",
    "V-UNOWNED /n: r",
  ];
  assert.throws(() => parseBaseline(lines.join("\n"), "accepted"), (error: unknown) => {
    assert(error instanceof RedpakError && error.code === "E_BASELINE");
    assert.deepEqual(error.problems.map(({ where }) => [where?.line, where?.column]), [[1, 1], [2, 3], [3, 1], [4, 1], [
      5,
      1,
    ]]);
    assert.deepEqual(error.problems[1]!.hints?.at(-1), "did you mean V-UNOWNED?");
    return true;
  });
});
