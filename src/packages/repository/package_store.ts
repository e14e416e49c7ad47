import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { expand } from "../../config/expand.ts";
import type { Facts } from "../../config/facts.ts";
import { type Position, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { normalizePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import type { LoadedFamily } from "../../store/load_family.ts";
import type { LoadedNode } from "../../store/load_node.ts";
import { FileCache } from "../download/file_cache.ts";
import { StateDirectory } from "./repository_state.ts";

/** Below the node that keeps them. */
const CACHE = "var/cache/redpak";
const STATE = "var/lib/redpak/repositories";

/** Where a family keeps what it has downloaded, and what it knows of its repositories. */
export interface PackageStore extends Disposable {
  /** Path of the node that keeps it. */
  readonly keeper: string;
  readonly cache: FileCache;
  readonly state: StateDirectory;
}

/**
 * Opens the store of a family: in its topmost node that belongs to the caller, so that all nodes share it. `cachedir` of
 * the configuration, of the nearest node that has one, moves the cache elsewhere.
 *
 * @throws {RedpakError} as `FileCache.open`; `E_CACHEDIR` where `cachedir` cannot be used
 */
export function openPackageStore(kernel: Kernel, family: LoadedFamily, facts: Facts): PackageStore {
  const keeper = findKeeper(family, facts.uid).path;
  const cache = FileCache.open(kernel, configuredCache(family, facts) ?? `${keeper}/${CACHE}`);
  try {
    const state = StateDirectory.open(kernel, `${keeper}/${STATE}`);
    return {
      keeper,
      cache,
      state,
      [Symbol.dispose]() {
        cache[Symbol.dispose]();
        state[Symbol.dispose]();
      },
    };
  } catch (error) {
    cache[Symbol.dispose]();
    throw error;
  }
}

/** As `openPackageStore`, for who only looks: nothing is made, and `undefined` is what there is of a store that is not there. */
export function findPackageStore(kernel: Kernel, family: LoadedFamily, facts: Facts): PackageStore | undefined {
  const keeper = findKeeper(family, facts.uid).path;
  const places = [configuredCache(family, facts) ?? `${keeper}/${CACHE}`, `${keeper}/${STATE}`];
  return places.every(isDirectory) ? openPackageStore(kernel, family, facts) : undefined;
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function findKeeper(family: LoadedFamily, uid: number): LoadedNode {
  const own = family.filter(({ path, ownerships }) => ownerships.some((it) => it.path === path && it.uid === uid));
  return own.at(-1) ?? family.at(-1)!;
}

/** The nearest `cachedir`, expanded for the node that has it; admin files do not count, as in redpak 2.5. */
function configuredCache(family: LoadedFamily, facts: Facts): string | undefined {
  for (const node of family) {
    const text = node.normal.config.config?.cachedir;
    if (text === undefined) continue;
    const where = node.normal.locate(["config", "cachedir"]);
    const { text: path, pending } = expand(text, where, {
      node,
      leaf: family[0],
      facts,
      outputs: new Map(),
      commands: true,
    });
    if (pending.length > 0) {
      throw refuse(text, where, "it has a command, and nothing is run to find out where a cache is");
    }
    if (!path.startsWith("/")) throw refuse(text, where, "it is no absolute path");
    return normalizePath(path);
  }
}

function refuse(text: string, where: Position, reason: string): RedpakError {
  return new RedpakError({
    code: "E_CACHEDIR",
    exit: EXIT.configuration,
    message: `Cannot use cachedir ${quote(text)}: ${reason}`,
    where,
    hints: ["without it, the topmost node keeps the cache, for the whole family"],
  });
}
