import { type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { mergeCapabilities } from "./merge_capabilities.ts";
import { mergeCgroups } from "./merge_cgroups.ts";
import { MergeContext, type MergeOptions } from "./merge_context.ts";
import { mergeDevices } from "./merge_devices.ts";
import { mergeEnviron } from "./merge_environ.ts";
import { mergeExports } from "./merge_exports.ts";
import { mergeFields } from "./merge_fields.ts";
import { mergePath } from "./merge_paths.ts";
import { applyIdentity, expandScalars, overrideScalars, pickScalars } from "./merge_scalars.ts";
import { mergeService } from "./merge_service.ts";
import { mergeSharing } from "./merge_sharing.ts";
import { visitNodes, visitParts } from "./merge_visit.ts";
import type { MergedConfig } from "./merged.ts";
import type { Family } from "./node.ts";

export type { MergeOptions, ScalarOverrides } from "./merge_context.ts";

/**
 * The one effective configuration of a node and its ancestors. Pure: commands of the configuration are listed as
 * pending; merging again with their outputs completes the result.
 *
 * @throws RedpakError `E_MERGE` with one problem for each conflict and each text that cannot be expanded, all at once
 */
export function mergeFamily(family: Family, options: MergeOptions): MergedConfig {
  const { merged, problems } = mergeWithProblems(family, options);
  if (problems.length > 0) {
    throw new RedpakError({
      code: "E_MERGE",
      message: `Cannot merge the configuration of "${merged.leaf.path}": ${
        problems.length === 1 ? "1 problem" : `${problems.length} problems`
      }`,
      where: problems[0]?.where,
      exit: EXIT.configuration,
      problems,
    });
  }
  return merged;
}

/** As `mergeFamily`, for who wants to find more than that: what was merged is not to be launched while there are problems. */
export function mergeWithProblems(
  family: Family,
  options: MergeOptions,
): { readonly merged: MergedConfig; readonly problems: readonly Problem[] } {
  const nodes = visitNodes(family, options.admin);
  const parts = visitParts(family, options.admin);
  const written = pickScalars(parts, options.compat);
  const picked = overrideScalars(written, options.overrides ?? {}, family[0]);
  const context = new MergeContext(family[0], options);
  // First of all: `$UID` and `$GID` of every text depend on it.
  applyIdentity(picked, context);
  const merged: MergedConfig = {
    leaf: context.leaf,
    family,
    admin: options.admin,
    ids: { uid: context.facts.uid, gid: context.facts.gid },
    exports: mergeExports(nodes, context),
    environ: mergeEnviron(nodes, context),
    scalars: expandScalars(picked, context),
    path: mergePath("path", nodes, context),
    ldpath: mergePath("ldpath", nodes, context),
    sharing: mergeSharing(nodes, context),
    capabilities: mergeCapabilities(nodes, context),
    devices: mergeDevices(nodes, context),
    network: mergeFields("network", parts),
    rlimits: mergeFields("rlimits", parts),
    service: mergeService(parts),
    cgroups: mergeCgroups(family, options.admin),
    pending: context.pending,
    warnings: context.warnings,
  };
  return { merged, problems: context.problems };
}
