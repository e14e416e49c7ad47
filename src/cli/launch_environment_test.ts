import assert from "node:assert/strict";
import { invokedAs, launcherEnvironment } from "./launch_environment.ts";

function started(invokedAs: string, environment: string[]): Disposable {
  globalThis.REDPAK_LAUNCH = { invokedAs, environment, asset: () => undefined };
  return { [Symbol.dispose]: () => void (globalThis.REDPAK_LAUNCH = undefined) };
}

Deno.test("the caller's variables are kept as they are", () => {
  using _ = started("redpak", ["PATH=/bin", "DENO_DIR=/x=y", "EMPTY="]);
  assert.deepEqual({ ...launcherEnvironment() }, { PATH: "/bin", DENO_DIR: "/x=y", EMPTY: "" });
});

Deno.test("the first of two variables of one name counts, and an entry without a name is none", () => {
  using _ = started("redpak", ["A=1", "A=2", "=x", "noise"]);
  assert.deepEqual({ ...launcherEnvironment() }, { A: "1" });
});

Deno.test("a variable may have the name of an object's property", () => {
  using _ = started("redpak", ["__proto__=1", "constructor=2"]);
  assert.deepEqual(Object.entries(launcherEnvironment()), [["__proto__", "1"], ["constructor", "2"]]);
});

Deno.test("without a launcher the process's own environment is the caller's", () => {
  assert.deepEqual(launcherEnvironment(), Deno.env.toObject());
});

Deno.test("the name of the call is the last component of the path", () => {
  for (const [name, expected] of [["/usr/bin/redwrap", "redwrap"], ["redconf", "redconf"], ["", "redpak"]] as const) {
    using _ = started(name, []);
    assert.equal(invokedAs(), expected);
  }
});
