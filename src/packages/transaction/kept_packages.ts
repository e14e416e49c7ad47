import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { Database } from "../database/database.ts";
import type { Holder } from "../database/holders.ts";
import { FILES, GENERATIONS } from "../generation/layout.ts";
import type { TransactionRecord } from "../generation/record.ts";
import { FORMER } from "./place_database.ts";

/**
 * The packages that a node would have if a transaction were taken back, or done again: what is kept of it has their
 * database, with the programs, or where redpak 2.5 has it.
 */
export function keptPackages(node: string, { id, operations }: TransactionRecord): Holder {
  const generation = `${node}/${STATE_DIRECTORY}/${GENERATIONS}/${id}`;
  const slot = operations.findIndex(({ path }) => path === FORMER);
  return {
    node: generation,
    open: () => Database.ofNode(generation) ?? (slot < 0 ? undefined : Database.in(`${generation}/${FILES}/${slot}`)),
  };
}
