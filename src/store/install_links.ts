import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { removeQuietly, syncDirectory, temporaryPath } from "./durable.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { realDirectory } from "./node_path.ts";
import { NodeNotFound } from "./node_not_found.ts";

/** Symbolic links that will be made. */
export interface PlannedLinks {
  readonly target: string;
  /** Absolute paths of the links. */
  readonly links: readonly string[];
}

/**
 * Decides which links to make in a directory. Other links of these names are replaced; anything else is not redpak's to
 * remove.
 *
 * @throws {RedpakError} `E_LINK_EXISTS`; where the directory is none
 */
export function planLinks(directory: string, target: string, names: readonly string[]): PlannedLinks {
  const path = linkDirectory(directory);
  const links = names.map((name) => `${path === "/" ? "" : path}/${name}`);
  for (const link of links) {
    if (isFree(link)) continue;
    throw new RedpakError({
      code: "E_LINK_EXISTS",
      message: `Cannot make the link "${link}": something else than a symbolic link is there`,
      hints: [`move it away first: mv ${link} ${link}.original`],
    });
  }
  return { target, links };
}

function linkDirectory(directory: string): string {
  try {
    return realDirectory(directory);
  } catch (error) {
    if (!(error instanceof NodeNotFound)) throw error;
    throw new RedpakError({
      code: "E_DIRECTORY_NOT_FOUND",
      exit: EXIT.notFound,
      message: `Cannot make links in "${directory}": there is no such directory`,
      hints: [`mkdir -p ${directory}`],
    });
  }
}

/** Makes the links, each in one step: at no moment a name leads nowhere. */
export function makeLinks({ target, links }: PlannedLinks): void {
  for (const link of links) {
    const directory = link.slice(0, link.lastIndexOf("/")) || "/";
    const temporary = temporaryPath(directory, "link");
    try {
      Deno.symlinkSync(target, temporary);
      Deno.renameSync(temporary, link);
      syncDirectory(directory);
    } catch (error) {
      removeQuietly(temporary);
      throw ioError("make the link", link, error);
    }
  }
}

function isFree(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (isAbsent(error)) return true;
    throw ioError("inspect", path, error);
  }
}
