import { formatPosition } from "../core/error.ts";
import type { MergeContext } from "./merge_context.ts";
import { relate, type Visit } from "./merge_visit.ts";
import type { MergedSharing, Sourced } from "./merged.ts";
import type { Sharing } from "./schema.ts";
import { setInFile } from "./set_in_file.ts";

type SharingName = "all" | keyof MergedSharing;

/**
 * Seven lattices that do not know each other: what an ancestor disables under one key, a descendant cannot share under
 * the same key. `share_all` then stands in where a key says nothing, except for `time`.
 */
export function mergeSharing(visits: readonly Visit[], context: Pick<MergeContext, "problems">): MergedSharing {
  const all = mergeOne("all", visits, context);
  return {
    user: mergeOne("user", visits, context) ?? all,
    cgroup: mergeOne("cgroup", visits, context) ?? all,
    net: mergeOne("net", visits, context) ?? all,
    pid: mergeOne("pid", visits, context) ?? all,
    ipc: mergeOne("ipc", visits, context) ?? all,
    time: mergeOne("time", visits, context),
  };
}

function mergeOne(
  name: SharingName,
  visits: readonly Visit[],
  context: Pick<MergeContext, "problems">,
): Sourced<Sharing> | undefined {
  let kept: Sourced<Sharing> | undefined;
  for (const { node, part, file } of visits) {
    const value = file.config.config?.[`share_${name}`];
    if (value === undefined || value === "unset") continue;
    const path = ["config", `share_${name}`];
    const met: Sourced<Sharing> = { value, node, part, where: file.locate(path), written: file.written(path) };
    const relation = kept === undefined ? "overrules" : relate(kept, met);
    if (kept === undefined || relation === "overrules") kept = met;
    else if (relation === "redefined" && value === "disabled" && kept.value !== "disabled") {
      context.problems.push({
        code: "E_SHARE_LOOSENED",
        message: `Cannot share the ${name === "all" ? "namespaces" : `${name} namespace`}: disabled by ${
          formatPosition(met.where)
        }`,
        where: kept.where,
        hints: [`share_${name} can be disabled, unset or left out here`],
        fix: setInFile(kept, ["config", `share_${name}`], "disabled"),
      });
    }
  }
  return kept;
}
