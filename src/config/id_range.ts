import type { Problem } from "../core/error.ts";
import type { RedNode } from "./node.ts";

/** Ids that each node has for itself when root launches it: 0 to 65535 inside. */
export const IDS_PER_NODE = 0x1_0000;

/**
 * Where the ranges of nodes begin on the host, each a multiple of their size. Nobody else hands these out: shadow's
 * subordinate ids end at 600,100,000 (login.defs(5)), systemd's containers at 0x6FFF_FFFF, and its foreign ids begin at
 * 0x7FFE_0000 (systemd, "Users, Groups, UIDs and GIDs").
 */
const FIRST = 0x7000_0000;
const LAST = 0x7ffd_0000;

/** What an id that a range begins at has to be, for messages. */
export const ID_BASES = `a multiple of ${IDS_PER_NODE} from ${FIRST} to ${LAST}`;

/** Whether ids of the host are among those that nodes have for themselves when root launches them. */
export function overlapsNodes(first: number, count: number): boolean {
  return first < LAST + IDS_PER_NODE && first + count > FIRST;
}

/** Whether a range can begin at this id of the host. */
export function isIdBase(id: number): boolean {
  return Number.isInteger(id) && id >= FIRST && id <= LAST && id % IDS_PER_NODE === 0;
}

/**
 * The id of the host that is 0 inside a node: what its status file records, or else one that follows from its path, so
 * that old nodes and read-only images have one without being written to.
 */
export function idBase({ path, status }: Pick<RedNode, "path" | "status">): number {
  return status.status.ids ?? placeOf(path);
}

/** A base for a new node that none of the others has; undefined when there is none left. */
export function freeIdBase(path: string, others: Iterable<number>): number | undefined {
  const taken = new Set(others);
  const start = placeOf(path);
  for (let base = start;;) {
    if (!taken.has(base)) return base;
    base = base === LAST ? FIRST : base + IDS_PER_NODE;
    if (base === start) return undefined;
  }
}

/** FNV-1a, which spreads short texts well. */
function placeOf(path: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(path)) hash = Math.imul(hash ^ byte, 0x0100_0193);
  const places = (LAST - FIRST) / IDS_PER_NODE + 1;
  return FIRST + (hash >>> 0) % places * IDS_PER_NODE;
}

/** What is to be said of each node that has the ids of one before it: they could signal each other. */
export function findSharedIds(nodes: readonly RedNode[]): ReadonlyMap<RedNode, Problem> {
  const owners = new Map<number, RedNode>();
  const problems = new Map<RedNode, Problem>();
  const free = () => freeIdBase("", nodes.map(idBase));
  for (const node of nodes) {
    const base = idBase(node);
    const owner = owners.get(base);
    if (owner === undefined) {
      owners.set(base, node);
      continue;
    }
    problems.set(node, {
      code: "E_IDS_OVERLAP",
      message: `Cannot keep "${node.path}" and "${owner.path}" apart: both have the ids from ${base} on`,
      where: node.status.locate(["ids"]),
      hints: [`write "ids: ${free()}" in ${node.status.file}`],
    });
  }
  return problems;
}
