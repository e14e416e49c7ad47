import { deepEqual, equal, throws } from "node:assert/strict";
import { FACTS, makeFamily, makeNode } from "../config/_fixtures.ts";
import { mergeFamily } from "../config/merge.ts";
import type { Family, RedNode } from "../config/node.ts";
import { parseConfig } from "../config/parse.ts";
import { EXIT } from "../core/exit_code.ts";
import { holdToFamily } from "./hold_to_family.ts";
import { type TemplateName, TEMPLATES } from "./templates.ts";

const OPTIONS = { admin: false, facts: FACTS };

const LOOSE = makeFamily(
  {
    path: "/p/c",
    normal: { exports: [{ mode: "Public", mount: "/etc" }], config: { share_net: "enabled" } },
  },
  { path: "/p", normal: { config: { share_all: "disabled" } } },
);

Deno.test("a node that loosens is refused with all places at once", () => {
  const merged = mergeFamily(LOOSE, OPTIONS);
  throws(() => holdToFamily(LOOSE, merged, OPTIONS), (error: Record<string, unknown>) => {
    const { code, exit, message, problems } = error;
    deepEqual([code, exit], ["E_LOOSENED", EXIT.configuration]);
    equal(message, 'Cannot launch "/p/c": it is less confined than its ancestors allow');
    deepEqual((problems as { code: string }[]).map(({ code }) => code), ["E_LOOSENED_NAMESPACE", "E_LOOSENED_EXPORT"]);
    return true;
  });
});

Deno.test("for compatibility each place is a warning, after those of the merge", () => {
  const first = { code: "W_FIRST", message: "first" };
  const merged = { ...mergeFamily(LOOSE, OPTIONS), warnings: [first] };
  const { warnings, ...rest } = holdToFamily(LOOSE, merged, { ...OPTIONS, compat: true });
  deepEqual({ ...rest, warnings: [first] }, merged);
  deepEqual(warnings.map(({ code, message }) => [code, message]), [
    ["W_FIRST", "first"],
    [
      "W_LOOSENED_NAMESPACE",
      "Only compatibility lets this node share the net namespace: kept separate by /p/etc/redpak.yaml:1:2",
    ],
    [
      "W_LOOSENED_EXPORT",
      'Only compatibility lets this node export "/etc" for writing: not exported by /p/etc/redpak.yaml:1:1',
    ],
  ]);
  deepEqual(warnings[1]?.where, { file: "/p/c/etc/redpak.yaml", line: 1, column: 2 });
});

Deno.test("a node that stands alone, or that holds, is left as it is", () => {
  for (const family of [makeFamily({ path: "/p/c" }, { path: "/p" }), makeFamily({ path: "/p" })]) {
    const merged = mergeFamily(family, OPTIONS);
    equal(holdToFamily(family, merged, OPTIONS), merged);
  }
});

async function made(path: string, template: TemplateName): Promise<RedNode> {
  const { normal, admin } = TEMPLATES[template];
  const file = async (text: string, part: "normal" | "admin") => {
    const parsed = await parseConfig(text, `${path}/etc/${part}.yaml`, part);
    const alias = path.slice(path.lastIndexOf("/") + 1);
    return { ...parsed, config: { ...parsed.config, headers: { ...parsed.config.headers, alias } } };
  };
  return { ...makeNode({ path }), normal: await file(normal, "normal"), admin: await file(admin, "admin") };
}

for (const admin of [false, true]) {
  Deno.test(`families of the templates hold, ${admin ? "in admin mode" : "in normal mode"}`, async () => {
    const paths = ["/srv/nodes/car/nav/map", "/srv/nodes/car/nav", "/srv/nodes/car", "/srv/nodes"];
    for (
      const templates of [["leaf", "root"], ["leaf", "leaf", "root"], ["leaf", "full"], [
        "leaf",
        "leaf",
        "leaf",
        "root",
      ]] as const
    ) {
      const nodes = await Promise.all(
        templates.map((template, index) => made(paths[paths.length - templates.length + index]!, template)),
      );
      for (const uid of [0, 1000]) {
        const options = { admin, facts: { ...FACTS, uid } };
        const family = nodes as unknown as Family;
        const merged = mergeFamily(family, options);
        equal(holdToFamily(family, merged, options), merged);
      }
    }
  });
}
