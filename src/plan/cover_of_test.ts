import assert from "node:assert/strict";
import { coverOf } from "./cover_of.ts";
import type { Plan } from "./plan.ts";

Deno.test("the deepest cover around a path counts", () => {
  const at = (
    operation: "mask" | "protect",
    destination: string,
  ) => ({ operation, phase: "init", destination } as const);
  const operations = [at("protect", "/proc/sys"), at("mask", "/proc/sys/kernel"), at("mask", "/proc/kcore")];
  const plan = { operations } as unknown as Plan;
  assert.equal(coverOf("/proc/kcore", plan), "masked");
  assert.equal(coverOf("/proc/sys/kernel/hostname", plan), "masked");
  assert.equal(coverOf("/proc/sys/net", plan), "read-only");
  assert.equal(coverOf("/proc/sysvipc", plan), undefined);
  assert.equal(coverOf("/proc", plan), undefined);
});
