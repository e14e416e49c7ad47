import { deepEqual, equal, throws } from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { FACTS, makeFamily, nestNodes } from "./_fixtures.ts";
import { mergeFamily } from "./merge.ts";
import { type Config, EXPORT_MODES, SCALAR_KEYS, type Sharing } from "./schema.ts";

const OPTIONS = { admin: true, facts: FACTS };

Deno.test("admin files count only in admin mode", () => {
  const family = makeFamily({ path: "/a", admin: { config: { hostname: "h", path: "/x" }, environ: [] } });
  equal(mergeFamily(family, OPTIONS).scalars.hostname?.part, "admin");
  const { scalars, path } = mergeFamily(family, { ...OPTIONS, admin: false });
  deepEqual([scalars, path], [{}, []]);
});

Deno.test("all conflicts of a family are reported at once, each with its place", () => {
  const family = makeFamily({
    path: "/a/b",
    normal: {
      config: {
        share_net: "enabled",
        "set-user": "nobody-knows",
        capabilities: [{ cap: "X", add: true }],
        hostname: "$(true)",
      },
      environ: [{ mode: "Default", key: "LOOP", value: "$LOOP" }],
      exports: [{ mode: "Tmpfs", mount: "/m" }, { mode: "Public", mount: "/m" }],
    },
  }, { path: "/a", normal: { config: { share_net: "disabled", capabilities: [{ cap: "X", add: false }] } } });
  const facts = { ...FACTS, env: { LOOP: "$LOOP" } };
  throws(() => mergeFamily(family, { admin: false, facts, outputs: new Map([["true", ""]]) }), (error) => {
    if (!(error instanceof RedpakError)) return false;
    deepEqual([error.code, error.exit], ["E_MERGE", EXIT.configuration]);
    equal(error.message, 'Cannot merge the configuration of "/a/b": 6 problems');
    deepEqual(error.problems.map(({ code }) => code).sort(), [
      "E_CAPABILITY_LOOSENED",
      "E_DEFINED_TWICE",
      "E_EXPAND_CYCLE",
      "E_EXPAND_EMPTY",
      "E_SHARE_LOOSENED",
      "E_USER_UNKNOWN",
    ]);
    for (const { where } of error.problems) equal(where?.file, "/a/b/etc/redpak.yaml");
    return true;
  });
});

Deno.test("the outputs of the pending commands complete the result", () => {
  const family = makeFamily({
    path: "/a",
    normal: {
      config: { hostname: "$(hostname)x" },
      environ: [{ mode: "Execfd", key: "GROUPS", value: "id -G" }],
      exports: [{ mode: "Execfd", mount: "/etc/passwd", path: "getent passwd" }],
    },
  });
  const first = mergeFamily(family, OPTIONS);
  deepEqual(first.pending.map(({ command, use }) => [command, use]), [
    ["getent passwd", "export"],
    ["id -G", "environ"],
    ["hostname", "substitution"],
  ]);
  equal(first.scalars.hostname?.value, "$(hostname)x");
  const outputs = new Map(first.pending.map(({ command }) => [command, `<${command}>\n`]));
  const second = mergeFamily(family, { ...OPTIONS, outputs });
  deepEqual(second.pending, []);
  deepEqual([second.scalars.hostname?.value, second.environ[0]?.value.value], ["<hostname>\nx", "<id -G>"]);
});

const TEXT = fc.oneof(fc.constantFrom("/a", "/a/", "$A", "$(c)", "$NODE_PATH/x", "\\$A", "/a:/b"), fc.string());
const SHARING = fc.constantFrom<Sharing[]>("unset", "enabled", "disabled", { join: "/ns" });
const CONFIG: fc.Arbitrary<Omit<Config, "headers">> = fc.record({
  exports: fc.array(fc.record({ mode: fc.constantFrom(...EXPORT_MODES), mount: TEXT, path: TEXT, warn: TEXT })),
  environ: fc.array(fc.record({
    mode: fc.constantFrom("Default", "Static", "Execfd", "Remove", "Inherit"),
    key: fc.constantFrom("A", "B", "__proto__", "constructor"),
    value: TEXT,
  })),
  config: fc.record({
    path: TEXT,
    hostname: TEXT,
    chdir: TEXT,
    gpgcheck: fc.boolean(),
    verbose: fc.integer({ min: -1, max: 1 }),
    "new-session": fc.constantFrom("Unset", "Enabled", "Disabled"),
    share_all: SHARING,
    share_net: SHARING,
    capabilities: fc.array(fc.record({ cap: fc.constantFrom("ALL", "CAP_KILL", "cap_kill"), add: fc.boolean() })),
  }, { requiredKeys: [] }),
}, { requiredKeys: [] });
const FAMILY = fc.array(fc.record({ normal: CONFIG, admin: CONFIG }, { requiredKeys: [] }), {
  minLength: 1,
  maxLength: 3,
}).map(nestNodes);

/** Everything that a merge yields, as text. */
function outcome(family: ReturnType<typeof makeFamily>, admin: boolean): string {
  try {
    return JSON.stringify(mergeFamily(family, { admin, facts: { ...FACTS, env: { A: "$B", B: "b" } } }));
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return JSON.stringify([error.message, error.problems]);
  }
}

Deno.test("merging any family gives a result or a RedpakError, the same each time", () => {
  fc.assert(fc.property(FAMILY, fc.boolean(), (family, admin) => {
    equal(outcome(family, admin), outcome(family, admin));
  }));
});

Deno.test("a scalar of the leaf's admin file wins over any family", () => {
  fc.assert(fc.property(FAMILY, (family) => {
    const own = family[0].admin?.config.config ?? {};
    const merged = (() => {
      try {
        return mergeFamily(family, { ...OPTIONS, expand: false });
      } catch (error) {
        if (error instanceof RedpakError) return undefined;
        throw error;
      }
    })();
    if (merged === undefined) return;
    for (const key of SCALAR_KEYS) {
      if (own[key] !== undefined && own[key] !== "Unset") equal(merged.scalars[key]?.value, own[key]);
    }
  }));
});
