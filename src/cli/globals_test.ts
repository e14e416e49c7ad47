import assert from "node:assert/strict";
import { readGlobals } from "./globals.ts";

Deno.test("every global has a twin in the environment, and the flag beats it", () => {
  const { json, quiet, yes, root } = readGlobals({ root: "/flag" }, { REDPAK_JSON: "1", REDPAK_ROOT: "/environment" });
  assert.deepEqual({ json, quiet, yes, root }, { json: true, quiet: false, yes: false, root: "/flag" });
  assert.equal(readGlobals({}, { REDPAK_ROOT: "/environment" }).root, "/environment");
  assert.equal(readGlobals({}, { REDPAK_JSON: "0" }).json, false);
});

Deno.test("colour: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal", () => {
  const color = (flag: string | undefined, environment: Record<string, string>) =>
    readGlobals(flag === undefined ? {} : { color: flag }, environment).color.stdout;
  assert.equal(color("always", { NO_COLOR: "1" }), true);
  assert.equal(color(undefined, { NO_COLOR: "1", FORCE_COLOR: "1" }), false);
  assert.equal(color(undefined, { FORCE_COLOR: "1", TERM: "dumb" }), true);
  assert.equal(color("never", { FORCE_COLOR: "1" }), false);
  assert.throws(() => color("blue", {}));
});
