import { isWithin, normalizePath, parentPath } from "../core/path.ts";
import type { RedNode } from "../config/node.ts";
import { S } from "../../ffi/libc/constants.ts";
import type { Operation } from "../plan/operation.ts";
import { isMount } from "../proof/image/node_view.ts";
import { findSharing, type NodeSharing, type Sharing } from "../proof/package_sharing.ts";
import { CHECKS, IMAGE_CHECKS } from "../proof/verify/checks.ts";
import type { Finding } from "../proof/verify/finding.ts";
import type { Graph, GraphFinding, GraphMount, GraphNode, GraphUsage } from "../view/graph/graph.ts";
import type { PackageFiles } from "./image_packages.ts";
import { limitsOf } from "./graph_limits.ts";
import type { ImageNode } from "./image_nodes.ts";
import type { VerifiedImage } from "./verify_image.ts";
import type { PlannedNode } from "./verify_node.ts";

/** What is to be shown beside what was found out about an image. */
export interface GraphSubject {
  readonly root: string;
  readonly node: string | null;
  /** What runs, by the node's directory, and when that was looked at. */
  readonly live: { readonly at: string; readonly usages: ReadonlyMap<string, readonly GraphUsage[]> } | undefined;
}

/** Puts together what is known of an image's nodes. */
export function graphOf(image: VerifiedImage, { root, node, live }: GraphSubject): Graph {
  const { nodes, planned, installed, left, accepted } = image;
  const paths = nodes.map(({ path }) => path);
  const sharing = findSharing(paths.map((path) => ({
    path,
    packages: (installed.get(path) ?? []).map(withContents),
    sees: planned.get(path)?.access.binds ?? [],
  })));
  const mounts = new MountTable(paths);
  const users = countUsers(sharing);
  const described = nodes.map((one): GraphNode => {
    const its = sharing.byNode.get(one.path)!;
    return {
      ...identityOf(one, paths),
      mounts: mounts.add(planned.get(one.path)),
      limits: limitsOf(planned.get(one.path)),
      isolation: isolationOf(planned.get(one.path)),
      packages: packagesOf(installed.get(one.path)),
      bytes: { own: its.own, inherited: inheritedBytes(its), duplicated: its.duplicated },
      inherited: its.inherited,
      users: users.get(one.path) ?? 0,
      running: live?.usages.get(one.path) ?? [],
    };
  });
  return {
    root,
    node,
    proven: left.length === 0,
    observedAt: live?.at ?? null,
    totals: {
      stored: sum(described.map(({ bytes }) => bytes.own)),
      shared: sum(described.map(({ bytes }) => bytes.inherited)),
      duplicated: sharing.duplicated,
    },
    nodes: described,
    mounts: mounts.mounts,
    checks: IMAGE_CHECKS.map((id) => ({
      id,
      title: CHECKS[id].title,
      why: CHECKS[id].why,
      findings: left.filter(({ check }) => check === id).length,
    })),
    findings: left.map(describeFinding),
    accepted: accepted.map(({ reason, until, ...finding }) => ({ ...describeFinding(finding), reason, until })),
    duplicates: sharing.packages.map(({ common, ...one }) => ({ ...one, common: common ?? null })),
  };
}

function identityOf(node: ImageNode, paths: readonly string[]) {
  const { path } = node;
  const parent = paths.filter((other) => other !== path && isWithin(path, other)).at(-1) ?? null;
  if ("error" in node) return { path, parent, alias: null, info: null, state: null };
  const [{ normal: { config: { headers } }, status: { status } }] = node.family;
  return { path, parent, alias: headers.alias, info: headers.info ?? null, state: status.state };
}

function isolationOf(planned: PlannedNode | undefined): GraphNode["isolation"] {
  if (planned === undefined) return null;
  const { devices, network, shared, capabilities, seccomp, isRoot } = planned.access;
  return { devices, network, shared, capabilities, seccomp, isRoot };
}

/** Only regular files take room worth to be counted. */
function sizeOf({ mode, size }: PackageFiles["files"][number]): number {
  return (mode & S.IFMT) === S.IFREG ? size : 0;
}

function withContents({ package: label, files }: PackageFiles) {
  return {
    label,
    files: files.map((file) => ({
      path: file.path,
      size: sizeOf(file),
      content: `${file.digestAlgorithm} ${file.digest} ${file.size}`,
    })),
  };
}

function packagesOf(contents: readonly PackageFiles[] | undefined): GraphNode["packages"] {
  return contents?.map(({ package: label, files }) => ({
    label,
    files: files.length,
    bytes: sum(files.map(sizeOf)),
  })).sort((one, other) => one.label < other.label ? -1 : 1) ?? null;
}

/** How many nodes see something of each node's packages. */
function countUsers({ byNode }: Sharing): Map<string, number> {
  const users = new Map<string, number>();
  for (const { inherited } of byNode.values()) {
    for (const { node } of inherited) users.set(node, (users.get(node) ?? 0) + 1);
  }
  return users;
}

function inheritedBytes({ inherited }: NodeSharing): number {
  return sum(inherited.map(({ bytes }) => bytes));
}

function describeFinding(
  { where, limit, hints, check, severity, node, code, message, ...rest }: Finding,
): GraphFinding {
  return {
    check,
    severity,
    node,
    code,
    message,
    where: where ?? null,
    limit: limit ?? null,
    hints: hints ?? [],
    ...rest.path === undefined ? {} : { path: rest.path },
    ...rest.package === undefined ? {} : { package: rest.package },
  };
}

/** All mounts of all nodes, each once. */
class MountTable {
  readonly mounts: GraphMount[] = [];
  readonly #places = new Map<string, number>();

  readonly #nodes: ReadonlySet<string>;

  constructor(nodes: readonly string[]) {
    this.#nodes = new Set(nodes);
  }

  /** @returns the places of a node's mounts */
  add(planned: PlannedNode | undefined): number[] {
    if (planned === undefined) return [];
    const byFile = new Map(planned.merged.family.flatMap((node) => filesOf(node).map((file) => [file, node.path])));
    return planned.plan.operations.filter(isMount).map((operation) => {
      const mount = this.#describe(operation, byFile);
      const key = JSON.stringify(mount);
      const place = this.#places.get(key) ?? this.mounts.push(mount) - 1;
      this.#places.set(key, place);
      return place;
    });
  }

  #describe(operation: Extract<Operation, { destination: string }>, byFile: ReadonlyMap<string, string>): GraphMount {
    const source = sourceOf(operation);
    const { destination, origin: where } = operation;
    const isPath = operation.operation === "bind" || operation.operation === "device";
    return {
      destination,
      kind: operation.operation,
      source,
      owner: source === null || !isPath ? null : this.#ownerOf(source),
      options: "options" in operation ? operation.options : [],
      size: operation.operation === "tmpfs" && operation.size > 0n ? Number(operation.size) : null,
      optional: "optional" in operation && operation.optional,
      where: where ?? null,
      by: where === undefined ? null : byFile.get(where.file) ?? null,
    };
  }

  #ownerOf(source: string): string | null {
    for (let at = normalizePath(source);; at = parentPath(at)) {
      if (this.#nodes.has(at)) return at;
      if (at === "/") return null;
    }
  }
}

function filesOf({ normal, admin }: RedNode): string[] {
  return [normal.file, ...admin === undefined ? [] : [admin.file]];
}

function sourceOf(operation: Operation): string | null {
  switch (operation.operation) {
    case "bind":
    case "device":
      return "path" in operation.source ? operation.source.path : `descriptor ${operation.source.descriptor}`;
    case "symlink":
      return operation.target;
    case "file":
      return "command" in operation.content ? `$(${operation.content.command})` : null;
    default:
      return null;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
