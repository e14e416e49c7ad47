import { deepEqual } from "node:assert/strict";
import { takeCompat } from "./compat_variable.ts";

Deno.test("REDPAK_COMPAT asks by 1 and by merge, and goes no further", () => {
  for (const [value, compat] of [["1", "all"], ["merge", "merge"], ["0", "no"], ["", "no"], ["yes", "no"]] as const) {
    deepEqual(takeCompat({ A: "b", REDPAK_COMPAT: value }), { compat, environment: { A: "b" } });
  }
  deepEqual(takeCompat({ A: "b" }), { compat: "no", environment: { A: "b" } });
});
