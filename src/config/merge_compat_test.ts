import { deepEqual, equal, notEqual, throws } from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../core/error.ts";
import { FACTS, makeFamily, nestNodes } from "./_fixtures.ts";
import { mergeFamily } from "./merge.ts";
import type { Family } from "./node.ts";
import { type Config, EXPORT_MODES, type Sharing } from "./schema.ts";

const FILE = "/n/etc/redpak.yaml";
const FACTS_WITH_A = { ...FACTS, env: { A: "$B", B: "b" } };

/** Everything that a merge yields, as text. */
function outcome(family: Family, compat: boolean): string {
  try {
    return JSON.stringify(mergeFamily(family, { admin: true, facts: FACTS_WITH_A, compat }));
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return JSON.stringify(error.problems);
  }
}

/*
 * What both merges read the same: names in one spelling, normalised mounts, no `false` and 0, no variable with the path
 * of an ancestor, no dollar that is left after an expansion.
 */
const TEXT = fc.constantFrom("", "/a", "$A", "x$B", "$NODE_ALIAS", "$(c)", "/a:/b");
const SHARING = fc.constantFrom<Sharing[]>("unset", "enabled", "disabled", { join: "/ns" });
const COMMON: fc.Arbitrary<Omit<Config, "headers">> = fc.record({
  exports: fc.array(fc.record({
    mode: fc.constantFrom(...EXPORT_MODES),
    mount: fc.constantFrom("/a", "/a/b", "/$B", "/c"),
    path: TEXT,
    warn: fc.constantFrom("w", undefined),
  })),
  environ: fc.array(fc.record({
    mode: fc.constantFrom("Default", "Static", "Execfd", "Remove", "Inherit"),
    key: fc.constantFrom("A", "B", "__proto__"),
    value: TEXT,
  })),
  config: fc.record({
    path: TEXT,
    hostname: TEXT,
    chdir: TEXT,
    umask: TEXT,
    gpgcheck: fc.constant(true),
    verbose: fc.constantFrom(1, -1),
    "new-session": fc.constantFrom("Unset", "Enabled", "Disabled"),
    share_all: SHARING,
    share_net: SHARING,
    capabilities: fc.array(fc.record({ cap: fc.constantFrom("ALL", "CAP_KILL"), add: fc.boolean() })),
  }, { requiredKeys: [] }),
}, { requiredKeys: [] });
const FAMILY = fc.array(fc.record({ normal: COMMON, admin: COMMON }, { requiredKeys: [] }), {
  minLength: 1,
  maxLength: 3,
}).map(nestNodes);

Deno.test("both merges agree on families that have nothing on which they differ", () => {
  let merged = 0;
  fc.assert(
    fc.property(FAMILY, (family) => {
      equal(outcome(family, true), outcome(family, false));
      if (outcome(family, true).startsWith("{")) merged++;
    }),
    { seed: 1 },
  );
  notEqual(merged, 0);
});

type Own = Omit<Config, "headers">;
const DIFFERENT: Readonly<Record<string, readonly [child: Own, parent: Own]>> = {
  "a boolean taken back": [{ config: { gpgcheck: false } }, { config: { gpgcheck: true } }],
  "a number taken back": [{ config: { verbose: 0 } }, { config: { verbose: 1 } }],
  "the path of an ancestor": [{}, { exports: [{ mode: "Public", mount: "/a", path: "$NODE_PATH" }] }],
  "variables in two cases": [{ environ: [{ mode: "Remove", key: "a" }] }, { environ: [{ mode: "Remove", key: "A" }] }],
  "mounts in two cases": [{ exports: [{ mode: "Tmpfs", mount: "/a" }] }, { exports: [{ mode: "Tmpfs", mount: "/A" }] }],
  "a mount with a final slash": [{ exports: [{ mode: "Tmpfs", mount: "/a/" }] }, {}],
  "a capability in small letters": [{ config: { capabilities: [{ cap: "all", add: true }] } }, {}],
  "a dollar that is left after one expansion": [{ config: { hostname: "\\\\$A" } }, {}],
};
for (const [what, [child, parent]] of Object.entries(DIFFERENT)) {
  Deno.test(`the merges differ on ${what}`, () => {
    const family = makeFamily({ path: "/n/n", normal: child }, { path: "/n", normal: parent });
    notEqual(outcome(family, true), outcome(family, false));
  });
}

Deno.test("compat: what redpak 2.5 refuses is refused", () => {
  const share = (share_net: Sharing, add: boolean): Own => ({
    config: { share_net, capabilities: [{ cap: "cap_kill", add }] },
  });
  const family = makeFamily(
    { path: "/n/n", normal: share("enabled", true) },
    { path: "/n", normal: share("disabled", false) },
  );
  const codes = JSON.parse(outcome(family, true)).map(({ code }: { code: string }) => code);
  deepEqual(codes, ["E_SHARE_LOOSENED", "E_CAPABILITY_LOOSENED"]);
});

Deno.test("compat: what makes redpak 2.5 crash, or lose keys, is a problem with its place", () => {
  const hostname = "$(true)";
  const family = makeFamily({
    path: "/n",
    headers: { info: "$NODE_INFO" },
    normal: {
      exports: [{ mode: "Tmpfs", mount: "$NOTHING" }],
      environ: [{ mode: "Default", key: "I", value: "$NODE_INFO" }],
      config: { cachedir: "x".repeat(5000), hostname, chdir: "/" },
    },
  });
  const options = { admin: false, facts: FACTS, compat: true, outputs: new Map([["true", ""]]) };
  throws(() => mergeFamily(family, options), ({ problems }: RedpakError) => {
    deepEqual(problems.map(({ code, where }) => [code, where?.file]), [
      ["E_EXPORT_EMPTY", FILE],
      ["E_EXPAND_CYCLE", FILE],
      ["E_EXPAND_LIMIT", FILE],
      ["E_EXPAND_EMPTY", FILE],
    ]);
    return true;
  });
});
