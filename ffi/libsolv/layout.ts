/**
 * The members of libsolv's structs that are read or written for lack of a function, by their offsets on 64-bit machines,
 * and the structs' sizes. They are the same from 0.7.0 on; `checkLayout` does not rely on it.
 */
export const LAYOUT = {
  Queue: { elements: 0, count: 8, size: 32 },
  Pool: { rels: 56, solvables: 96, nsolvables: 104 },
  Reldep: { name: 0, evr: 4, flags: 8, size: 12 },
  Solvable: { repo: 16, size: 56 },
  Repo: { name: 0, pool: 24, start: 32, end: 36, nsolvables: 40, priority: 48, subpriority: 52 },
  Transaction: { steps: 8 },
} as const;
