import * as assert from "node:assert/strict";
import type { MergedEnviron } from "../config/merged.ts";
import { type ConfigFixture, failure, only, plan } from "./_fixtures.ts";

const env = { HOME: "/root", LANG: "C", PATH: "/host/bin", PWD: "/host" };

function environment(config: ConfigFixture): readonly string[] {
  return only(plan(config, { facts: { env } }), "exec").environment;
}

function set(...environ: readonly MergedEnviron[]): ConfigFixture {
  return { environ };
}

Deno.test("the environment is empty by default", () => {
  assert.deepEqual(environment({}), []);
});

Deno.test("inherit-env gives the launcher's, but for PWD, which the stage sets", () => {
  assert.deepEqual(environment({ scalars: { "inherit-env": true } }), ["HOME=/root", "LANG=C", "PATH=/host/bin"]);
  assert.deepEqual(environment({ scalars: { "inherit-env": false } }), []);
  assert.deepEqual(environment(set({ mode: "Static", key: "PWD", value: "/lie" })), []);
});

Deno.test("environ comes on top of what is inherited, later settings on top of earlier ones", () => {
  const config = set(
    { mode: "Default", key: "LANG", value: "de" },
    { mode: "Static", key: "A", value: "1" },
    { mode: "Execfd", key: "A", value: "2" },
    { mode: "Remove", key: "HOME" },
  );
  assert.deepEqual(environment({ ...config, scalars: { "inherit-env": true } }), ["LANG=de", "PATH=/host/bin", "A=2"]);
});

Deno.test("Remove before a setting removes nothing of it", () => {
  assert.deepEqual(environment(set({ mode: "Remove", key: "A" }, { mode: "Static", key: "A", value: "1" })), ["A=1"]);
});

Deno.test("Inherit takes the launcher's value, empty where it has none", () => {
  const config = set(
    { mode: "Inherit", key: "LANG" },
    { mode: "Inherit", key: "NONE" },
    { mode: "Inherit", key: "constructor" },
  );
  assert.deepEqual(environment(config), ["LANG=C", "NONE=", "constructor="]);
});

Deno.test("the search paths come last and override", () => {
  const config = set({ mode: "Static", key: "PATH", value: "/x" }, { mode: "Static", key: "Z", value: "" });
  assert.deepEqual(environment({ ...config, path: ["/bin", "/sbin"], ldpath: ["/lib"] }), [
    "PATH=/bin:/sbin",
    "Z=",
    "LD_LIBRARY_PATH=/lib",
  ]);
  assert.deepEqual(environment({ ...config, path: [] }), ["PATH=/x", "Z="]);
});

Deno.test("a variable that no program could read is refused with its place", () => {
  const config = set({ mode: "Static", key: "A", value: "1" }, { mode: "Static", key: "B", value: "a\0b" });
  const error = failure(() => environment(config));
  assert.deepEqual([error.code, error.exit, error.where?.line], ["E_TEXT_INVALID", 3, 2]);
});

Deno.test("a name that no variable can have is refused", () => {
  for (const key of ["", "A=B"]) {
    for (const mode of ["Static", "Remove"] as const) {
      assert.equal(failure(() => plan(set({ mode, key, value: "v" }))).code, "E_VARIABLE_NAME");
    }
  }
});
