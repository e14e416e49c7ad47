import { mergeFamily, type ScalarOverrides } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { Family, RedNode } from "../config/node.ts";
import { formatPosition, type Position, type Problem, RedpakError } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { canWrite } from "./can_write.ts";
import { compareCapabilities } from "./compare_capabilities.ts";
import { compareCgroupRoot } from "./compare_cgroup_root.ts";
import { compareDevices } from "./compare_devices.ts";
import { compareExports } from "./compare_exports.ts";
import { compareIdentity } from "./compare_identity.ts";
import { compareLabels } from "./compare_labels.ts";
import { compareLandlock } from "./compare_landlock.ts";
import { compareLimits } from "./compare_limits.ts";
import { compareNamespaces } from "./compare_namespaces.ts";
import { compareNetwork } from "./compare_network.ts";
import { compareOomScore } from "./compare_oom_score.ts";
import { compareProc } from "./compare_proc.ts";
import { compareSeccomp } from "./compare_seccomp.ts";
import { compareSettings } from "./compare_settings.ts";
import { compareTmpfsSize } from "./compare_tmpfs_size.ts";
import { type Comparison, type Moment, toEffective } from "./effective.ts";
import { toHeritage } from "./heritage.ts";

export interface LooseningOptions extends Moment {
  /** Admin files count, where nodes have them: in the leaf and in the ancestors alike. */
  readonly admin: boolean;
  /** What the command line says instead of the files: it is nobody's loosening. */
  readonly overrides?: ScalarOverrides;
  /** Nodes are merged as redpak 2.5 does. */
  readonly compat?: boolean;
  /** The merged configuration of the family, where it is known already: from the same facts and outputs. */
  readonly merged?: MergedConfig;
  /** Where a source leads on the machine, when its links are followed; the text of paths counts when absent. */
  readonly resolve?: (source: string) => string;
}

/** Everything in which one doll can be looser than another. */
export const DIMENSIONS: readonly ((comparison: Comparison) => readonly Problem[])[] = [
  compareNamespaces,
  compareCapabilities,
  compareCgroupRoot,
  compareExports,
  compareIdentity,
  compareLabels,
  compareSettings,
  compareSeccomp,
  compareLandlock,
  compareNetwork,
  compareLimits,
  compareOomScore,
  compareTmpfsSize,
  compareProc,
  compareDevices,
];

/**
 * Where the leaf of a family is less confined than one of its ancestors lets its children be. What the leaf inherits
 * counts as well as what it says. What several ancestors object to is reported against the nearest. In admin mode an
 * admin file may loosen what normal files say, unless programs of a node that it is in can write it.
 *
 * An ancestor whose own configuration contradicts itself grants nothing: its problems are findings too. A source that
 * depends on a command is judged once its output is given.
 *
 * @throws {RedpakError} as `mergeFamily`, for the leaf
 */
export function findLoosenings(family: Family, options: LooseningOptions): Problem[] {
  const [leaf, ...ancestors] = family;
  if (ancestors.length === 0) return [];
  const effective = (merged: MergedConfig) => toEffective(followLinks(merged, options.resolve), options);
  const child = effective(options.merged ?? mergeFamily(family, options));
  const findings: Problem[] = [];
  let branch = leaf.path;
  ancestors.forEach((node, index) => {
    const known = new Set(findings.map(identify));
    const problems = compareWith([node, ...ancestors.slice(index + 1)], branch);
    findings.push(...problems.filter((problem) => !known.has(identify(problem))));
    branch = node.path;
  });
  return findings;

  function compareWith(lineage: Family, branch: string): readonly Problem[] {
    let merged;
    try {
      merged = mergeFamily(toHeritage(lineage), options);
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      return error.problems.length > 0 ? error.problems : [error];
    }
    const comparison = { child, ancestor: effective(merged), branch, limiter: "parent" as const };
    const problems = DIMENSIONS.flatMap((compare) => compare(comparison));
    return problems.flatMap((problem) => {
      const author = authorOf(problem.where);
      if (author === undefined || authorOf(problem.limit) !== undefined) return [problem];
      const writer = findWriter(author);
      return writer === undefined ? [] : [withWriter(problem, writer)];
    });
  }

  /** Who writes admin files may take back what normal files restrict. Without admin mode none counts. */
  function authorOf(place: Position | undefined): RedNode | undefined {
    return options.admin ? family.find(({ admin }) => admin !== undefined && admin.file === place?.file) : undefined;
  }

  /** The nearest ancestor whose programs can write the admin file of a node. */
  function findWriter(author: RedNode): RedNode | undefined {
    const above = family.slice(family.indexOf(author) + 1);
    const file = author.adminFile ?? author.admin!.file;
    return above.find((_, index) => canWrite(above.slice(index) as unknown as Family, file, options));
  }
}

function followLinks(merged: MergedConfig, resolve: LooseningOptions["resolve"]): MergedConfig {
  if (resolve === undefined) return merged;
  const exports = merged.exports.map((line) => ({ ...line, value: { ...line.value, path: resolve(line.value.path) } }));
  return { ...merged, exports };
}

function withWriter(problem: Problem, { path }: RedNode): Problem {
  const hint = `programs of ${quote(path)} can write this admin file, so it may loosen nothing: that of ${
    quote(path)
  } may`;
  return { ...problem, hints: [...problem.hints ?? [], hint] };
}

/** What is the same finding against two ancestors. */
function identify({ code, where, message }: Problem): string {
  return `${code} ${where === undefined ? message : formatPosition(where)}`;
}
