import { type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { isWithin, parentPath } from "../core/path.ts";
import { directoryOwnership, type LoadedNode, stickyOwnership } from "./load_node.ts";
import type { Ownership } from "./read_file.ts";

const OTHERS_CAN_WRITE = 0o022;

/**
 * Everything about the nodes' files that lets somebody else than root and `uid` decide what redpak does: a foreign
 * owner, or permission to write for group or others. Pure.
 *
 * @param uid the launching user's id
 */
export function checkTrust(nodes: readonly LoadedNode[], uid: number): Problem[] {
  return nodes.flatMap(({ path, ownerships }) =>
    ownerships.flatMap((ownership) => {
      return distrust(ownership, uid, path) ?? [];
    })
  );
}

/** @throws {RedpakError} `E_NOT_TRUSTED` when `checkTrust` finds something */
export function refuseUntrusted(nodes: readonly LoadedNode[], uid: number): void {
  const problems = checkTrust(nodes, uid);
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
}

/**
 * For who is about to replace a file: by name, so every directory on the way to it counts, but
 * for `/`, whose owner can do anything anyway.
 *
 * @param file absolute path
 * @throws {RedpakError} `E_NOT_TRUSTED` where others than root and `uid` could put another file in its place
 */
export function refuseReplaceable(file: string, uid: number): void {
  const ownerships = [directoryOwnership(file)];
  for (let path = parentPath(file); path !== "/"; path = parentPath(path)) ownerships.push(stickyOwnership(path));
  const problems = ownerships.flatMap((ownership) => distrust(ownership, uid, file) ?? []);
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
}

function distrust({ path, uid: owner, mode }: Ownership, uid: number, node: string): Problem | undefined {
  if (owner !== 0 && owner !== uid) {
    return {
      code: "E_NOT_TRUSTED",
      message: `Cannot trust "${path}": it belongs to user ${owner}, neither to root nor to the launching user ${uid}`,
      hints: [`chown ${uid} ${path}`],
    };
  }
  if ((mode & OTHERS_CAN_WRITE) !== 0) {
    const bits = mode.toString(8).padStart(4, "0");
    return {
      code: "E_NOT_TRUSTED",
      message: `Cannot trust "${path}": others than its owner can write it (mode ${bits})`,
      hints: [`chmod go-w ${path}`],
      // Directories above the node are not the node's to change.
      fix: isWithin(path, node) ? { action: "chmod", file: path, mode: "go-w" } : undefined,
    };
  }
}
