import type { PolicyFile } from "../config/policy.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { parentPath } from "../core/path.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { type Ownership, ownership, readRegularFile } from "./read_file.ts";
import { checkOwnerships, type Trust } from "./trust.ts";

/** The machine's owner says here what no node may exceed. Fixed: nobody who is to be limited chooses it. */
export const POLICY_FILE = "/etc/redpak/policy.yaml";

/**
 * Reads the host policy.
 *
 * @returns `undefined` where the machine has none
 * @throws {RedpakError} `E_POLICY_NOT_TRUSTED` where others than root could have written it, or it is reached through a
 * link;
 * `E_CONFIG` with every finding; as `readRegularFile`. Without its policy nothing may be launched.
 */
export async function loadPolicy(path = POLICY_FILE): Promise<PolicyFile | undefined> {
  // A link that leads nowhere is a policy that is gone, not one that there never was.
  if (inspect(path) === undefined) return undefined;
  const file = readRegularFile(path);
  if (file === undefined) return undefined;
  refuseUntrustedPolicy([file.ownership, ...ancestry(path)]);
  const { parsePolicy } = await import("../config/policy.ts");
  return await parsePolicy(file.bytes, path);
}

const ROOT: Trust = { uids: [0], otherwise: "not to root" };

/** @throws {RedpakError} `E_POLICY_NOT_TRUSTED` for a symbolic link: its target has other directories above it */
function inspect(path: string): Ownership | undefined {
  try {
    const info = Deno.lstatSync(path);
    if (!info.isSymlink) return ownership(path, info);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw ioError("inspect", path, error);
  }
  throw new RedpakError({
    code: NOT_TRUSTED,
    exit: EXIT.configuration,
    message: `Cannot trust "${path}": it is a symbolic link`,
    hints: ["put the file or directory itself there"],
  });
}

/** Whoever can write to one of the directories above a file can put another in its place. */
function ancestry(path: string): readonly Ownership[] {
  const directories: Ownership[] = [];
  for (let directory = parentPath(path);; directory = parentPath(directory)) {
    const found = inspect(directory);
    if (found !== undefined) directories.push(found);
    if (directory === "/") return directories;
  }
}

const NOT_TRUSTED = "E_POLICY_NOT_TRUSTED";

function refuseUntrustedPolicy(ownerships: readonly Ownership[]): void {
  const problems = checkOwnerships(ownerships, ROOT).map((problem) => ({ ...problem, code: NOT_TRUSTED }));
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
}
