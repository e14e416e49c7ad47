import { formatNevra } from "../packages/database/installed_package.ts";
import { type Fault, findFaults } from "../packages/solve/find_faults.ts";
import type { PackagePool } from "../packages/solve/package_pool.ts";
import type { Finding } from "../proof/verify/finding.ts";
import type { ImagePackages } from "./image_packages.ts";
import { finding } from "./verify_node.ts";

/**
 * Finds what the packages of a node lack: they are looked at with those of its ancestors.
 *
 * @param node its directory on the device
 */
export function verifyPackages(packages: ImagePackages, node: string): Finding[] {
  const failure = packages.failures.get(node);
  if (failure !== undefined) return [finding("V-REQUIRES", node, failure)];
  const own = packages.installedIn(node);
  const ancestors = packages.ancestorsOf(node);
  const present = new Set([node, ...ancestors].flatMap((member) => packages.installedIn(member)));
  const opposing = ancestors.flatMap((ancestor) => packages.opposingIn(ancestor));
  const faults = findFaults(packages.pool.pool, own, opposing, (solvable) => present.has(solvable));
  return faults.map((fault) => describe(packages.pool, node, fault));
}

function describe(packages: PackagePool, node: string, fault: Fault): Finding {
  const label = formatNevra(packages.nevra(fault.package));
  const dependency = fault.dependency === undefined ? "" : packages.pool.dependencyText(fault.dependency);
  const other = fault.other === undefined ? "" : formatNevra(packages.nevra(fault.other));
  const where = fault.other === undefined ? "" : ` of ${packages.aliasOf(fault.other)}`;
  const [code, reason, hint] = REASONS[fault.kind](dependency, `${other}${where}`);
  return {
    check: fault.kind === "same" ? "V-DUPLICATE" : "V-REQUIRES",
    severity: "error",
    node,
    package: label,
    code,
    message: `Package ${label} ${reason}`,
    hints: [hint],
  };
}

const REASONS = {
  requires: (dependency: string) => [
    "E_VERIFY_REQUIRES",
    `requires ${dependency}, which neither its node nor an ancestor has`,
    "install what provides it, in the node or an ancestor",
  ],
  conflicts: (dependency: string, other: string) => [
    "E_VERIFY_CONFLICTS",
    `conflicts with ${dependency}, and ${other} is there`,
    "remove one of them",
  ],
  conflicted: (dependency: string, other: string) => [
    "E_VERIFY_CONFLICTS",
    `is what ${other} conflicts with (${dependency})`,
    "remove one of them",
  ],
  obsoletes: (dependency: string, other: string) => [
    "E_VERIFY_OBSOLETES",
    `takes the place of ${dependency}, and ${other} is still there`,
    "remove what is obsolete",
  ],
  obsoleted: (dependency: string, other: string) => [
    "E_VERIFY_OBSOLETES",
    `is obsolete: ${other} takes its place (${dependency})`,
    "remove what is obsolete",
  ],
  same: (_: string, other: string) => [
    "E_VERIFY_DUPLICATE",
    `is there twice: ${other}`,
    "remove it from the node: it has the ancestor's",
  ],
} as const satisfies Record<Fault["kind"], (dependency: string, other: string) => readonly [string, string, string]>;
