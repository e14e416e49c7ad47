import type { Facts } from "../config/facts.ts";
import { mergeWithProblems } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { RedNode } from "../config/node.ts";
import { type Image, resolveInImage } from "../core/image.ts";
import { formatPosition, type Position, type Problem, RedpakError } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { buildPlan } from "../plan/build.ts";
import type { Plan } from "../plan/plan.ts";
import { MACHINES } from "../proof/elf/machines.ts";
import { findLoosenings } from "../proof/find_loosenings.ts";
import { withMadeDirectories } from "../proof/image/with_made_directories.ts";
import { type CheckedLinks, placing } from "./file_checker.ts";
import type { HostPolicy } from "./host_policy.ts";
import { accessOf, type NodeAccess } from "../proof/assertion/node_access.ts";
import type { CheckId } from "../proof/verify/checks.ts";
import { findMountFaults } from "../proof/verify/find_mount_faults.ts";
import type { Finding } from "../proof/verify/finding.ts";

export interface VerifyOptions {
  readonly image: Image;
  readonly facts: Facts;
  readonly admin: boolean;
  /** Of the device, if it has one. */
  readonly policy: HostPolicy | undefined;
}

export interface VerifiedNode {
  readonly findings: readonly Finding[];
  /** Where there can be a plan. */
  readonly planned?: PlannedNode;
}

/** What a node's configuration comes to on the device. */
export interface PlannedNode {
  readonly merged: MergedConfig;
  readonly plan: Plan;
  readonly access: NodeAccess;
}

/**
 * Proves one node, as far as its configuration goes.
 *
 * @param family the node and its ancestors, with the paths that they have on the device
 */
export function verifyNode(family: readonly [RedNode, ...RedNode[]], options: VerifyOptions): VerifiedNode {
  const { facts, admin } = options;
  const node = family[0].path;
  const findings: Finding[] = [];
  const attempt = <T>(check: CheckId, step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      findings.push(...findingsOf(check, node, error));
    }
  };
  const { merged, problems } = mergeWithProblems(family, { admin, facts });
  findings.push(...problems.map((problem) => finding("V-CONFIG", node, problem)));
  const violations = options.policy?.violations(family, merged, { facts }) ?? [];
  findings.push(...violations.map((problem) => finding("V-POLICY", node, problem)));
  const said = new Set(problems.map(({ where }) => placeOf(where)));
  const isNew = ({ where }: Problem) => !said.has(placeOf(where)) && said.add(placeOf(where)) !== undefined;
  const loosenings = [undefined, linksIn(options.image)].flatMap((resolve) => {
    if (resolve !== undefined && !merged.exports.some(({ value }) => resolve(value.path) !== value.path)) return [];
    // What two paths have to do with each other can be a matter of links, which a launch follows where the host has made them.
    return findLoosenings(family, { admin, facts, merged, ...resolve === undefined ? {} : { resolve } });
  });
  findings.push(...loosenings.filter(isNew).map((problem) => finding("V-DOLL", node, problem)));
  findings.push(...merged.pending.map(({ command, where }): Finding => ({
    check: "V-COMMAND",
    severity: "warning",
    node,
    code: "W_VERIFY_COMMAND",
    message: `Cannot prove what depends on ${quote(`$(${command})`)}: it is known on the device only`,
    where,
    hints: ["write the value itself, if it is always the same"],
  })));
  const plan = attempt("V-CONFIG", () => buildPlan(merged, { arguments: [], facts }));
  if (plan === undefined) return { findings };
  const image = withMadeDirectories(options.image, plan.operations);
  findings.push(...findMountFaults(image, node, plan.operations));
  return { findings, planned: { merged, plan, access: accessOf(plan, image) } };
}

/** How programs of a node find their libraries. */
export function linksOf({ merged, plan }: PlannedNode, { facts }: VerifyOptions): CheckedLinks {
  return {
    operations: placing(plan.operations),
    libraryPath: merged.ldpath.map(({ value }) => value),
    path: merged.path.map(({ value }) => value),
    machines: MACHINES[facts.architecture],
  };
}

function linksIn(image: Image): (path: string) => string {
  return (path) => path.startsWith("/") ? resolveInImage(image, path)?.path ?? path : path;
}

function placeOf(where: Position | undefined): string {
  return where === undefined ? "" : formatPosition(where);
}

export function findingsOf(check: CheckId, node: string, error: RedpakError): Finding[] {
  const problems: readonly Problem[] = error.problems.length > 0 ? error.problems : [error];
  return problems.map((problem) => finding(check, node, problem));
}

export function finding(
  check: CheckId,
  node: string,
  { code, message, where, limit, hints }: Problem,
): Finding {
  return {
    check: code.endsWith("_LOOSENED") ? "V-DOLL" : check,
    severity: "error",
    node,
    code,
    message,
    where,
    limit,
    hints,
  };
}
