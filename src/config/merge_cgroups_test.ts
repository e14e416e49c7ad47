import { deepEqual } from "node:assert/strict";
import { makeFamily } from "./_fixtures.ts";
import { mergeCgroups } from "./merge_cgroups.ts";
import type { Cgroups } from "./schema.ts";

const cgroups = (value: Cgroups) => ({ config: { cgroups: value } });
const FAMILY = makeFamily(
  {
    path: "/a/b/c",
    normal: cgroups({ mem: { max: "1G", high: "512M" }, cpu: {} }),
    admin: cgroups({ mem: { max: "2G" }, pids: { max: "9" } }),
  },
  { path: "/a/b" },
  { path: "/a", normal: cgroups({ mem: { max: "1M" } }) },
);

Deno.test("each level keeps its own limits, the leaf first", () => {
  deepEqual(mergeCgroups(FAMILY, false).map(({ node, part, value }) => [node.path, part, value]), [
    ["/a/b/c", "normal", { mem: { max: "1G", high: "512M" }, cpu: {} }],
    ["/a/b", "normal", {}],
    ["/a", "normal", { mem: { max: "1M" } }],
  ]);
});

Deno.test("in admin mode the admin file's fields replace the normal ones, field by field", () => {
  const [leaf] = mergeCgroups(FAMILY, true);
  deepEqual([leaf?.part, leaf?.value], [
    "admin",
    { mem: { max: "2G", high: "512M" }, cpu: {}, pids: { max: "9" } },
  ]);
});
