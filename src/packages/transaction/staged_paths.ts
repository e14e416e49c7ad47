import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import { attempt } from "../attempt.ts";
import { USR } from "../generation/layout.ts";
import { listContent } from "../generation/list_content.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import type { PrepareOptions } from "../generation/prepare.ts";
import type { Arrival, Departure } from "./changed_packages.ts";
import { type DatabaseMove, FORMER, isOfDatabase } from "./place_database.ts";

/** What scripts are used to write to. */
const WRITTEN_BY_SCRIPTS = ["usr", "etc", "var", "opt", "srv"];

/** Names of what is staged as a whole, for nobody knows what scripts make of it. */
export function contentsFor(arrivals: readonly Arrival[], departures: readonly Departure[]): string[] {
  const files = [...arrivals, ...departures].flatMap(({ content }) => content.files);
  return [...new Set([...WRITTEN_BY_SCRIPTS, ...files.map(({ path }) => path.split("/")[1]!)])];
}

/** What is staged, and how. */
export function prepareOptions(
  content: TransactionContent,
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
  move: DatabaseMove,
  contents: readonly string[],
  written: readonly string[],
): PrepareOptions {
  const files = [...arrivals, ...departures].flatMap(({ content }) => content.files);
  const configuration = new Set(
    files.filter(({ flags }) => (flags & RPMFILE.CONFIG) !== 0).map(({ path }) => path.slice(1)),
  );
  const all = attempt("list", content.path, () => {
    return listContent(content.directory, contents.filter((name) => name !== USR), [FORMER, ...CACHES]);
  });
  return {
    paths: [...files.map(({ path }) => path), `/${FORMER}`, ...written, ...all],
    ...move.replaced ? { replaced: [FORMER] } : {},
    // librpm changes the attributes of a configuration file that stays as it is.
    isWritten: (path: string) => isOfDatabase(path) || configuration.has(path),
    copies: contents.length > 0,
  };
}

/** What redpak itself, and redpak 2.5, keep in a node for its repositories: nothing for scripts. */
const CACHES = ["var/cache/dnf", "var/lib/dnf"];
