import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { parseState } from "./saved_state.ts";

const document = (data: object) =>
  JSON.stringify({
    schemaVersion: 1,
    kind: "MergedConfig",
    data: { node: "/n", admin: false, expanded: false, pending: [], config: {}, ...data },
    warnings: [],
  });

Deno.test("a saved configuration is read with its places, where it has any", () => {
  const config = { config: { umask: "027", cgroups: { mem: { max: "1" } } }, exports: [{ mount: "/a" }] };
  const where = { file: "f", line: 1, column: 2 };
  const state = parseState(document({ config, origins: { "exports.0.mount": [where] } }), "f");
  assert.deepEqual(state.document, config);
  assert.deepEqual([state.node, state.admin, state.expanded], ["/n", false, false]);
  assert.deepEqual(state.places(["exports", 0, "mount"]), [where]);
  assert.deepEqual(state.places(["config", "umask"]), []);
});

Deno.test("what is no merged configuration is refused", () => {
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  for (
    const text of [
      "",
      "{",
      "null",
      deep,
      document({}).replace("MergedConfig", "Tree"),
      document({ config: { exports: [1] } }),
    ]
  ) assert.throws(() => parseState(text, "f"), (error) => error instanceof RedpakError && error.code === "E_STATE");
});
