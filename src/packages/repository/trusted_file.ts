import type { Problem } from "../../core/error.ts";
import { isWithin, parentPath } from "../../core/path.ts";
import { ioError, isAbsent } from "../../store/io_error.ts";
import { directoryOwnership, stickyOwnership } from "../../store/load_node.ts";
import { type OwnedFile, type Ownership, readRegularFile } from "../../store/read_file.ts";
import { checkOwnerships, type Trust } from "../../store/trust.ts";

/** Reads files that nodes keep their packages' settings in, and notes everything that lets others decide what is in them. */
export class TrustedReader {
  readonly problems: Problem[] = [];
  readonly #seen = new Set<string>();

  constructor(private readonly trust: Trust) {}

  /** The file at a path; `undefined` where there is none. */
  read(path: string, node: string): OwnedFile | undefined {
    const file = readRegularFile(path);
    if (file === undefined) return undefined;
    this.#check([file.ownership, ...ancestry(Deno.realPathSync(path), node)], node);
    return file;
  }

  /**
   * Names in a directory of a node, sorted; none where there is no such directory. That somebody else can put files into
   * it is a problem even where there are none.
   */
  list(directory: string, node: string): string[] {
    try {
      const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
      const real = Deno.realPathSync(directory);
      this.#check([directoryOwnership(real), ...ancestry(real, node)], node);
      return names;
    } catch (error) {
      if (isAbsent(error)) return [];
      throw ioError("look into", directory, error);
    }
  }

  #check(ownerships: readonly Ownership[], node: string): void {
    const unseen = ownerships.filter(({ path }) => !this.#seen.has(path));
    for (const { path } of unseen) this.#seen.add(path);
    this.problems.push(...checkOwnerships(unseen, this.trust, node));
  }
}

/** The directories on the way to a path: below the node where it lies in it, as the node itself has been looked at. */
function ancestry(real: string, node: string): Ownership[] {
  const end = isWithin(real, node) ? node : "/";
  const found: Ownership[] = [];
  for (let path = parentPath(real); path !== end; path = parentPath(path)) found.push(stickyOwnership(path));
  return found;
}
