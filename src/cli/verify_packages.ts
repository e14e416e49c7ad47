import { holdersOf } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { type Fault, findFaults } from "../packages/solve/find_faults.ts";
import { PackagePool } from "../packages/solve/package_pool.ts";
import { installedSource } from "../packages/solve/sources.ts";
import { isWithin } from "../core/path.ts";
import type { Finding } from "../proof/verify/finding.ts";

/** A node of an image: its directory on the device, and here. */
export interface PackageNode {
  readonly path: string;
  readonly directory: string;
}

/**
 * Finds what the packages of nodes lack: each node's are looked at with those of its ancestors.
 *
 * @param architecture as uname(2) names it
 * @throws {RedpakError} as the databases
 */
export function verifyPackages(nodes: readonly PackageNode[], architecture: string): Finding[] {
  using packages = new PackagePool(architecture);
  const holders = holdersOf(nodes.map(({ directory }) => directory));
  packages.addInstalled(holders.map((holder, index) => installedSource(holder, nodes[index]!.path)));
  packages.prepare();
  const own = new Map(nodes.map(({ path, directory }) => [path, packages.installedIn(directory)]));
  return nodes.flatMap(({ path }) => {
    const present = new Set([...own].flatMap(([other, solvables]) => isWithin(path, other) ? solvables : []));
    const mine = new Set(own.get(path));
    const inherited = [...present].filter((solvable) => !mine.has(solvable));
    const faults = findFaults(packages.pool, [...mine], inherited, (solvable) => present.has(solvable));
    const holderOf = (solvable: number) => [...own].find(([, solvables]) => solvables.includes(solvable))?.[0] ?? "";
    return faults.map((fault) => describe(packages, path, fault, holderOf));
  });
}

function describe(packages: PackagePool, node: string, fault: Fault, holderOf: (solvable: number) => string): Finding {
  const label = formatNevra(packages.nevra(fault.package));
  const dependency = fault.dependency === undefined ? "" : packages.pool.dependencyText(fault.dependency);
  const other = fault.other === undefined ? "" : formatNevra(packages.nevra(fault.other));
  const where = fault.other === undefined ? "" : ` of ${holderOf(fault.other)}`;
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
