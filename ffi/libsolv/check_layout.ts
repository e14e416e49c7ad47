import { type Address, Allocation, cText, readAddress, readInt, readText } from "../libc/memory.ts";
import { REL } from "./constants.ts";
import { LAYOUT } from "./layout.ts";
import type { Symbols } from "./libsolv.ts";

/** The first member of a struct that does not hold what functions say; undefined where all do. */
export function checkLayout(solv: Symbols): string | undefined {
  const pool = solv.pool_create();
  try {
    return Object.entries(findings(solv, pool)).find(([, matches]) => !matches)?.[0];
  } finally {
    solv.pool_free(pool);
  }
}

function findings(solv: Symbols, pool: Address): Readonly<Record<string, boolean>> {
  const at = (base: Address, offset: number) => base + BigInt(offset);
  const int = (base: Address, offset: number) => isPointer(base) ? readInt(at(base, offset)) : NaN;
  const pointer = (base: Address, offset: number) => isPointer(base) ? readAddress(at(base, offset)) : INVALID;
  const { Pool, Solvable, Repo, Reldep, Queue } = LAYOUT;

  const empty = int(pool, Pool.nsolvables);
  const repo = solv.repo_create(pool, cText("check"));
  const ids = [1, 2, 3].map(() => solv.repo_add_solvable(repo));
  const solvables = pointer(pool, Pool.solvables);
  const repoOf = (id: number) => pointer(solvables, id * Solvable.size + Solvable.repo);

  const [name, evr] = [solv.pool_str2id(pool, cText("name"), 1), solv.pool_str2id(pool, cText("1-1"), 1)];
  const relation = solv.pool_rel2id(pool, name, evr, REL.EQ, 1);
  const reldep = (relation & 0x7fffffff) * Reldep.size;
  const rels = pointer(pool, Pool.rels);

  using queue = new Allocation(Queue.size);
  solv.queue_init(queue.address);
  solv.queue_insertn(queue.address, 0, 3, new Uint8Array(new Int32Array(ids).buffer));
  const elements = pointer(queue.address, Queue.elements);
  const isListed = ids.every((id, index) => int(elements, index * 4) === id);
  const count = int(queue.address, Queue.count);
  solv.queue_free(queue.address);

  return {
    "Pool.nsolvables": empty === ids[0] && int(pool, Pool.nsolvables) === ids[0]! + 3,
    "Pool.solvables": ids.every((id) => repoOf(id) === repo),
    "Pool.rels": relation < 0 && int(rels, reldep + Reldep.name) === name && int(rels, reldep + Reldep.evr) === evr &&
      int(rels, reldep + Reldep.flags) === REL.EQ,
    "Repo.name": isPointer(pointer(repo, Repo.name)) && readText(pointer(repo, Repo.name)) === "check",
    "Repo.pool": pointer(repo, Repo.pool) === pool,
    "Repo.priority": int(repo, Repo.start) === ids[0] && int(repo, Repo.end) === ids[0]! + 3 &&
      int(repo, Repo.nsolvables) === 3 && int(repo, Repo.priority) === 0 && int(repo, Repo.subpriority) === 0,
    "Queue.elements": count === 3 && isListed,
  };
}

const INVALID: Address = 1n;

/** Whether it looks like an address: what stands in the place of one is a small number or two of them. */
function isPointer(value: Address): boolean {
  return value % 4n === 0n && value > 0xffff_ffffn && value < 1n << 47n;
}
