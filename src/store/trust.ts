import type { Owners } from "../config/policy_owners.ts";
import { formatPosition, type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { isWithin, parentPath } from "../core/path.ts";
import { directoryOwnership, type LoadedNode, stickyOwnership } from "./load_node.ts";
import type { Ownership } from "./read_file.ts";

const OTHERS_CAN_WRITE = 0o022;

/** Whose files are believed. */
export interface Trust {
  readonly uids: readonly number[];
  /** Ends "it belongs to user 7, …" for everybody else. */
  readonly otherwise: string;
}

/**
 * Everything about the nodes' files that lets somebody else than root and `uid` decide what redpak does: a foreign
 * owner, or permission to write for group or others. Pure.
 *
 * @param uid the launching user's id
 * @param owners who is trusted instead of the launching user, where the host policy says so
 */
export function checkTrust(nodes: readonly LoadedNode[], uid: number, owners?: Owners): Problem[] {
  const trusted = trustOf(uid, owners);
  return nodes.flatMap(({ path, ownerships }) => checkOwnerships(ownerships, trusted, path));
}

/** Root, and whom the host policy lists or else the launching user. */
export function trustOf(uid: number, owners?: Owners): Trust {
  if (owners === undefined) return launchedBy(uid);
  return { uids: [0, ...owners.uids], otherwise: `who is neither root nor listed by ${formatPosition(owners.where)}` };
}

/** @throws {RedpakError} `E_NOT_TRUSTED` when `checkTrust` finds something */
export function refuseUntrusted(nodes: readonly LoadedNode[], uid: number, owners?: Owners): void {
  const problems = checkTrust(nodes, uid, owners);
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
  const problems = checkOwnerships(ownerships, launchedBy(uid), file);
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
}

/**
 * What lets anybody else decide what is at these paths. Pure.
 *
 * @param own the path whose owner may change what is wrong; what lies above it is not theirs
 */
export function checkOwnerships(ownerships: readonly Ownership[], trusted: Trust, own?: string): Problem[] {
  return ownerships.flatMap((ownership) => distrust(ownership, trusted, own) ?? []);
}

function launchedBy(uid: number): Trust {
  return { uids: [0, uid], otherwise: `neither to root nor to the launching user ${uid}` };
}

function distrust({ path, uid, mode }: Ownership, { uids, otherwise }: Trust, own?: string): Problem | undefined {
  if (!uids.includes(uid)) {
    return {
      code: "E_NOT_TRUSTED",
      message: `Cannot trust "${path}": it belongs to user ${uid}, ${otherwise}`,
      hints: [`chown ${uids.at(-1) ?? 0} ${path}`],
    };
  }
  if ((mode & OTHERS_CAN_WRITE) !== 0) {
    const bits = mode.toString(8).padStart(4, "0");
    return {
      code: "E_NOT_TRUSTED",
      message: `Cannot trust "${path}": others than its owner can write it (mode ${bits})`,
      hints: [`chmod go-w ${path}`],
      fix: own !== undefined && isWithin(path, own) ? { action: "chmod", file: path, mode: "go-w" } : undefined,
    };
  }
}
