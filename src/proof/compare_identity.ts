import { formatPosition, type Position, type Problem } from "../core/error.ts";
import { allowedValue, type Comparison, type Effective, scalarPlace } from "./effective.ts";

/**
 * Who names a user or a group fixes it for all descendants, except that root lets a descendant be any user.
 *
 * An ancestor that names neither runs as who launches it. A descendant that names another can only be launched by root,
 * and then the ancestor would be root too: so the answer does not depend on who asks. Only root itself is refused.
 */
export function compareIdentity(comparison: Comparison): Problem[] {
  const { child: { merged: { ids: mine, scalars: own } }, ancestor: { merged: { ids: theirs, scalars } } } = comparison;
  const isFree = (id: number) => theirs.uid === 0 || (scalars["set-user"] === undefined && id !== 0);
  const refusesUser = mine.uid !== theirs.uid && !isFree(mine.uid);
  const refusesGroup = mine.gid !== theirs.gid && (scalars["set-group"] !== undefined || !isFree(mine.gid));
  return [
    ...refusesUser ? [finding("user", mine.uid, theirs.uid, comparison)] : [],
    // A group that comes with the user goes with the user.
    ...refusesGroup && !(refusesUser && own["set-group"] === undefined)
      ? [finding("group", mine.gid, theirs.gid, comparison)]
      : [],
  ];
}

function finding(kind: "user" | "group", mine: number, theirs: number, comparison: Comparison): Problem {
  const { child, ancestor } = comparison;
  return {
    code: kind === "user" ? "E_LOOSENED_USER" : "E_LOOSENED_GROUP",
    message: `Cannot run as ${kind} ${mine}: the ${kind} is ${theirs} by ${formatPosition(place(kind, ancestor))}`,
    where: place(kind, child),
    limit: place(kind, ancestor),
    hints: [allowedValue(`set-${kind}`, theirs, comparison)],
  };
}

/** A user without a group brings its own. */
function place(kind: "user" | "group", effective: Effective): Position {
  const group = kind === "group" ? effective.merged.scalars["set-group"]?.where : undefined;
  return group ?? scalarPlace(effective, "set-user");
}
