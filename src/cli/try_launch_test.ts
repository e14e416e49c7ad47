import assert from "node:assert/strict";
import { parseComplaint } from "./try_launch.ts";

Deno.test("an error's message and hints are told apart", () => {
  const text = "redpak: warning: a\nredpak: Cannot mount: no\n  configured at /f:1:1\n  hint: one\n  hint: two\n";
  assert.deepEqual(parseComplaint(text, "it failed"), { reason: "Cannot mount: no", hints: ["one", "two"] });
});

Deno.test("who says nothing of redpak's is quoted, who says nothing gets a reason", () => {
  assert.equal(parseComplaint("Segmentation fault\n", "it failed").reason, "Segmentation fault");
  assert.equal(parseComplaint("\n", "it failed").reason, "it failed");
});
