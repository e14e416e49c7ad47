import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { parentPath } from "../core/path.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { type OwnedFile, type Ownership, ownership, readRegularFile } from "./read_file.ts";
import { type Machine, THIS_MACHINE } from "./machine.ts";
import { checkOwnerships } from "./trust.ts";

/**
 * Reads a file that the machine's owner speaks by.
 *
 * @param path on that machine
 * @param code of the error where others than root could have written it, or it is reached through a link
 * @returns `undefined` where there is none
 * @throws {RedpakError} `code`; as `readRegularFile`
 */
export function readRootFile(path: string, code: string, machine: Machine = THIS_MACHINE): OwnedFile | undefined {
  const file = `${machine.root}${path}`;
  // A link that leads nowhere is a file that is gone, not one that there never was.
  if (inspect(file, code) === undefined) return undefined;
  const found = readRegularFile(file);
  if (found === undefined) return undefined;
  const trust = { uids: machine.owners, otherwise: "not to root" };
  const problems = checkOwnerships([found.ownership, ...ancestry(file, machine.root || "/", code)], trust)
    .map((each) => ({ ...each, code }));
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
  return found;
}

/** @throws {RedpakError} `code` for a symbolic link: its target has other directories above it */
function inspect(path: string, code: string): Ownership | undefined {
  try {
    const info = Deno.lstatSync(path);
    if (!info.isSymlink) return ownership(path, info);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw ioError("inspect", path, error);
  }
  throw new RedpakError({
    code,
    exit: EXIT.configuration,
    message: `Cannot trust "${path}": it is a symbolic link`,
    hints: ["put the file or directory itself there"],
  });
}

/** Whoever can write to one of the directories above a file can put another in its place. */
function ancestry(path: string, root: string, code: string): readonly Ownership[] {
  const directories: Ownership[] = [];
  for (let directory = parentPath(path);; directory = parentPath(directory)) {
    const found = inspect(directory, code);
    if (found !== undefined) directories.push(found);
    if (directory === root) return directories;
  }
}
