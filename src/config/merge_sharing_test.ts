import { deepEqual, equal } from "node:assert/strict";
import type { Problem } from "../core/error.ts";
import { makeFamily } from "./_fixtures.ts";
import { makeCaseFamily, readMatrix, winner } from "./_matrix.ts";
import { mergeSharing } from "./merge_sharing.ts";
import { visitNodes } from "./merge_visit.ts";
import type { Family } from "./node.ts";
import type { Sharing } from "./schema.ts";

const MATRIX = readMatrix(`
  -     | -   | -   | nothing
  -     | 0/1 | -   | normal
  -     | *   | 0/1 | admin
  0N    | -   | -   | parent
  0N    | 0   | -   | normal
  0N    | 1   | -   | error
  0N    | *   | 0/1 | admin
  1N    | -   | -   | parent
  1N    | 0/1 | -   | normal
  1N    | *   | 0/1 | admin
  0A    | *   | -   | parent
  0A    | *   | 0   | admin
  0A    | *   | 1   | error
  1A    | *   | -   | parent
  1A    | *   | 0/1 | admin
`);

function merge(family: Family) {
  const problems: Problem[] = [];
  return { sharing: mergeSharing(visitNodes(family, true), { problems }), problems };
}

const KINDS: Record<string, Sharing> = { enabled: "enabled", joined: { join: "/proc/1/ns/net" } };
for (const [kind, one] of Object.entries(KINDS)) {
  for (const given of MATRIX) {
    Deno.test(`share_net, 1 being ${kind}: ${given.title}`, () => {
      const values = { "0": "disabled" as const, "1": one };
      const { sharing, problems } = merge(makeCaseFamily(given, (value) => ({ config: { share_net: values[value] } })));
      equal(problems.length, given.effect === "error" ? 1 : 0);
      if (given.effect === "error") return;
      const expected = winner(given);
      const { net } = sharing;
      deepEqual(net && [net.node.path, net.part, net.value === "disabled" ? "0" : "1"], expected);
    });
  }
}

const share = (path: string, share_net: Sharing) => ({ path, normal: { config: { share_net } } });

Deno.test("a refused sharing names both places and what would be allowed", () => {
  deepEqual(merge(makeFamily(share("/a/b", "enabled"), share("/a", "disabled"))).problems, [{
    code: "E_SHARE_LOOSENED",
    message: "Cannot share the net namespace: disabled by /a/etc/redpak.yaml:1:2",
    where: { file: "/a/b/etc/redpak.yaml", line: 1, column: 2 },
    hints: ["share_net can be disabled, unset or left out here"],
    fix: { action: "set", file: "/a/b/etc/redpak.yaml", path: ["config", "share_net"], text: "disabled" },
  }]);
});

Deno.test("unset says nothing", () => {
  const { sharing } = merge(makeFamily(share("/a/b", "unset"), share("/a", "enabled")));
  equal(sharing.net?.node.path, "/a");
});

Deno.test("a joined namespace may be replaced by another or by the host's", () => {
  const parent = share("/a", { join: "/proc/1/ns/net" });
  for (const value of ["enabled", { join: "/run/netns/x" }] as const) {
    const { sharing, problems } = merge(makeFamily(share("/a/b", value), parent));
    deepEqual([sharing.net?.value, problems], [value, []]);
  }
});

Deno.test("a leaf that disables hides what its ancestors disagree on; a leaf that is silent does not", () => {
  const ancestors = [share("/a/b", "enabled"), share("/a", "disabled")];
  equal(merge(makeFamily(share("/a/b/c", "disabled"), ...ancestors)).problems.length, 0);
  equal(merge(makeFamily({ path: "/a/b/c" }, ...ancestors)).problems.length, 1);
});

Deno.test("share_all stands in for every key that says nothing, but not for time", () => {
  const family = makeFamily(
    { path: "/a/b", normal: { config: { share_net: "enabled" } } },
    { path: "/a", normal: { config: { share_all: "disabled" } } },
  );
  const { sharing, problems } = merge(family);
  deepEqual(Object.entries(sharing).map(([name, source]) => [name, source?.value, source?.node.path]), [
    ["user", "disabled", "/a"],
    ["cgroup", "disabled", "/a"],
    ["net", "enabled", "/a/b"],
    ["pid", "disabled", "/a"],
    ["ipc", "disabled", "/a"],
    ["time", undefined, undefined],
  ]);
  deepEqual(problems, []);
});
