import type { Solvable } from "../../../ffi/libsolv/pool.ts";
import type { PackagePool } from "./package_pool.ts";
import type { Origin } from "./resolution.ts";

/** Where a package that can be installed comes from. */
export function originOf(packages: PackagePool, solvable: Solvable): Origin {
  const { pool } = packages;
  const checksum = pool.checksum(solvable, "solvable:checksum");
  const size = pool.number(solvable, "solvable:downloadsize");
  const common = { ...checksum === undefined ? {} : { checksum }, size };
  const file = packages.fileOf(solvable);
  if (file !== undefined) return { location: file, ...common };
  const base = pool.text(solvable, "solvable:mediabase");
  return {
    repository: packages.repositoryOf(solvable)!,
    location: pool.location(solvable),
    ...base === "" ? {} : { base },
    ...common,
  };
}
