import { formatPosition, type Position, type Problem } from "../core/error.ts";
import { allowedValue, type Comparison, type Effective, scalarPlace } from "./effective.ts";

/**
 * Root can become anybody; everybody else only stays who they are.
 *
 * An ancestor that names no user runs as who launches it. A descendant that names another can only be launched by root,
 * and then the ancestor would be root too: so the answer does not depend on who asks. Only root itself is refused.
 */
export function compareIdentity(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const mine = child.merged.ids;
  const theirs = ancestor.merged.ids;
  if (theirs.uid === 0) return [];
  const isFree = ancestor.merged.scalars["set-user"] === undefined;
  const allows = (own: number, limit: number) => own === limit || (isFree && own !== 0);
  if (!allows(mine.uid, theirs.uid)) return [finding("user", mine.uid, theirs.uid, comparison)];
  if (!allows(mine.gid, theirs.gid)) return [finding("group", mine.gid, theirs.gid, comparison)];
  return [];
}

function finding(kind: "user" | "group", mine: number, theirs: number, comparison: Comparison): Problem {
  const { child, ancestor } = comparison;
  return {
    code: kind === "user" ? "E_LOOSENED_USER" : "E_LOOSENED_GROUP",
    message: `Cannot run as ${kind} ${mine}: the ${kind} is ${theirs} by ${formatPosition(place(kind, ancestor))}`,
    where: place(kind, child),
    hints: [allowedValue(`set-${kind}`, theirs, comparison)],
  };
}

/** A user without a group brings its own. */
function place(kind: "user" | "group", effective: Effective): Position {
  const group = kind === "group" ? effective.merged.scalars["set-group"]?.where : undefined;
  return group ?? scalarPlace(effective, "set-user");
}
