import assert from "node:assert/strict";
import { harmlessVariables } from "./harmless_variables.ts";

Deno.test("a report shows what it knows to be no secret, and does not name the rest", () => {
  const environment = { REDPAK_ROOT: "/srv", LC_ALL: "C", GITHUB_TOKEN: "secret", MY_REDPAK_KEY: "secret", A: "b" };
  assert.deepEqual(harmlessVariables(environment), { LC_ALL: "C", REDPAK_ROOT: "/srv" });
});
