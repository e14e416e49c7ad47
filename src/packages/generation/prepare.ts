import { isDirectory } from "../../../ffi/libc/file_status.ts";
import { RedpakError } from "../../core/error.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { type Clone, cloneTree } from "./clone_tree.ts";
import type { Directory } from "./directory.ts";
import { FILES, GENERATIONS, ROOT, STAGING_PREFIX, USR } from "./layout.ts";
import { readHead, type TransactionContent } from "./node_content.ts";
import { newName, type TransactionName } from "./record.ts";
import { removeQuietly } from "./remove_tree.ts";
import { type StagedPaths, stagePaths } from "./stage_paths.ts";

export interface PrepareOptions {
  /** Paths as in the node that may be changed outside of `usr`; what is in `usr` can be among them. */
  readonly paths: Iterable<string>;
  /** Directories among them, relative to the node, that are replaced as one, with everything that is in them. */
  readonly replaced?: readonly string[];
  /**
   * Whether a file, by its path relative to the node, may be written to in place instead of being replaced; for a
   * directory, whether its files may.
   */
  readonly isWritten: (path: string) => boolean;
  /** Every file is one of its own: programs that nobody knows write to them. */
  readonly copies?: boolean;
}

/** A place for a transaction, beside the node's content. Disposed of before it is committed, it leaves nothing. */
export interface StagingPlace extends Disposable, TransactionName {
  readonly content: TransactionContent;
  readonly directory: Directory;
  /** Path of `directory`. */
  readonly path: string;
  /** Name of `directory` in the node's state directory. */
  readonly name: string;
}

/** A transaction that is being prepared. */
export interface Staging extends StagingPlace {
  /** Path of what a package manager is to see as the root directory. */
  readonly root: string;
  /** Id of the transaction that made the node's `usr`. */
  readonly previous: string | undefined;
  /** How `usr` was cloned; `undefined` where the node has none. */
  readonly clone: Clone | undefined;
  readonly staged: StagedPaths;
}

/** Makes a place for a transaction, which nobody else looks into; the next command removes it where it stays behind. */
export function makeStagingPlace(content: TransactionContent): StagingPlace {
  const { state, path: node } = content;
  const names = newName(attempt("list", `${node}/${STATE_DIRECTORY}/${GENERATIONS}`, () => nextSequence(state)));
  const name = `${STAGING_PREFIX}${names.id}`;
  const path = `${node}/${STATE_DIRECTORY}/${name}`;
  const directory = attempt("prepare", path, () => state.make(name));
  return {
    ...names,
    content,
    directory,
    path,
    name,
    [Symbol.dispose]() {
      directory[Symbol.dispose]();
      removeQuietly(state, name);
    },
  };
}

/**
 * Makes a root directory in which everything can be done to a node's packages without any of it being seen: a clone of
 * `usr`, and of what is outside of it the paths that are listed.
 *
 * @param place its own, or one that has been made before
 * @throws {RedpakError} as `cloneTree` and `stagePaths`; `E_LAYOUT` where `usr` is no directory
 */
export function prepare(
  content: TransactionContent,
  options: PrepareOptions,
  place = makeStagingPlace(content),
): Staging {
  const { directory, path } = place;
  return attempt("prepare", path, () => {
    try {
      using root = directory.make(ROOT);
      const own = content.directory.ownDetails();
      root.kernel.fchmod(root.number, own.mode & 0o7777);
      directory.make(FILES)[Symbol.dispose]();
      const clone = cloneUsr(content, root, options);
      const staged = stagePaths(content.directory, root, { ...options, node: content.path });
      return { ...place, root: `${path}/${ROOT}`, previous: readHead(content), clone, staged };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  });
}

function cloneUsr({ directory, path }: TransactionContent, root: Directory, { isWritten, copies }: PrepareOptions) {
  const details = directory.findDetails(USR);
  if (details === undefined) return undefined;
  if (!isDirectory(details)) {
    throw new RedpakError({
      code: "E_LAYOUT",
      message: `Cannot install into "${path}": its ${USR} is no directory`,
    });
  }
  if (details.isMounted || details.device !== directory.ownDetails().device) {
    throw new RedpakError({
      code: "E_MOUNTED",
      message: `Cannot install into "${path}": its ${USR} is a mount point, and so cannot be switched`,
    });
  }
  using from = directory.open(USR);
  using to = root.make(USR);
  return cloneTree(from, to, {
    label: `${path}/${USR}`,
    ...copies === undefined ? {} : { copies },
    isWritten: (below) => isWritten(below === "" ? USR : `${USR}/${below}`),
  });
}

/** Never one that there has been, so that a number means the same for good. */
function nextSequence(state: Directory): number {
  using generations = state.open(GENERATIONS);
  return 1 + Math.max(0, ...generations.list().map((id) => parseInt(id)).filter((number) => number > 0));
}
