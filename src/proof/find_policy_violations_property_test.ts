import { equal } from "node:assert/strict";
import * as fc from "fast-check";
import { makeNode } from "../config/_fixtures.ts";
import { mergeFamily } from "../config/merge.ts";
import type { Export } from "../config/schema.ts";
import { RedpakError } from "../core/error.ts";
import { FACTS_OF_ROOT, families, few, type Files, toFamily } from "./_arbitrary_family.ts";
import { looserDimensions } from "./_oracle.ts";
import { findPolicyViolations } from "./find_policy_violations.ts";
import { readPolicyLimits } from "./policy_limits.ts";

const limit: fc.Arbitrary<Export> = fc.record({
  mode: fc.constantFrom("Public", "PrivateFile", "Restricted", "Tmpfs", "Procfs", "Devfs", "Mqueue"),
  mount: fc.constantFrom("/s", "/s/x", "/s/x/y", "/t", "/p", "/p/c", "/p/c/x"),
});
const policies: fc.Arbitrary<Files> = fc.record({
  exports: fc.uniqueArray(limit, { maxLength: 6, selector: ({ mount }) => mount }),
  // Root is no limit, and refused as one.
  config: few.map(({ config = {} }) => config).filter(({ "set-user": user }) => user !== "0"),
}, { requiredKeys: [] });

/** Which key of a policy has to be there for a dimension of the oracle to be limited. */
function isMentioned(dimension: string, { exports, config = {} }: Files): boolean {
  const isSet = (key: keyof typeof config) =>
    config[key] !== undefined && config[key] !== "Unset" && config[key] !== "unset";
  if (dimension.startsWith("/") || /^[A-Z][a-z]/.test(dimension)) return exports !== undefined;
  if (dimension.startsWith("CAP_")) return isSet("capabilities");
  if (dimension.startsWith("device ")) return isSet("devices");
  if (dimension === "time") return isSet("share_time");
  if (["user", "cgroup", "net", "pid", "ipc"].includes(dimension)) {
    return isSet("share_all") || isSet(`share_${dimension}` as keyof typeof config);
  }
  const key =
    { uid: "set-user", session: "new-session", die: "die-with-parent", environment: "inherit-env" }[dimension];
  return isSet((key ?? dimension) as keyof typeof config);
}

Deno.test("what a policy accepts is nowhere looser than it says, and only what it says is refused", () => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(families, policies, ({ files, admin }, limits) => {
      const family = toFamily(files);
      const options = { admin, facts: FACTS_OF_ROOT };
      let merged;
      try {
        merged = mergeFamily(family, options);
      } catch (error) {
        if (error instanceof RedpakError) return;
        throw error;
      }
      const { file, locate } = makeNode({ path: "/policy" }).normal;
      const policy = readPolicyLimits({ file, policy: { limits: limits as never }, locate }, FACTS_OF_ROOT);
      const violations = findPolicyViolations(family, merged, policy, options);
      const outermost = mergeFamily([makeNode({ path: "/", normal: withoutMounts(limits) })], options);
      const looser = looserDimensions(merged, outermost, "/p").filter((dimension) => isMentioned(dimension, limits));
      seen[looser.length === 0 ? "accepted" : "refused"]++;
      equal(violations.length === 0, looser.length === 0, JSON.stringify({ violations, looser }));
    }),
    { numRuns: 3000, seed: 1 },
  );
  equal(seen.accepted > 300 && seen.refused > 300, true, JSON.stringify(seen));
});

/** Procfs and its like are granted by their mode: they must not hide what the host has there. */
function withoutMounts({ exports, ...rest }: Files): Files {
  if (exports === undefined) return rest;
  const special = ["Procfs", "Devfs", "Mqueue"];
  return {
    ...rest,
    exports: exports.map((entry, index) =>
      special.includes(entry.mode) ? { ...entry, mount: `/none/${index}` } : entry
    ),
  };
}
