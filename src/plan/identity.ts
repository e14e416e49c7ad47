import type { Ids } from "../config/merged.ts";
import type { Position } from "../core/error.ts";
import type { BuildContext } from "./build_context.ts";
import type { NamespaceChoices } from "./namespaces.ts";
import type { IdMap } from "./operation.ts";

/** Who the program is. */
export interface Identity {
  /** In the launcher's user namespace: the owner of what the launcher makes. */
  readonly outside: Ids;
  /** In the node's user namespace. */
  readonly inside: Ids;
  /** Empty where the node makes no user namespace. */
  readonly uidMaps: readonly IdMap[];
  readonly gidMaps: readonly IdMap[];
  /** Only a privileged launcher may leave setgroups(2) allowed in a new user namespace (user_namespaces(7)). */
  readonly denySetgroups: boolean;
  /** By the program's process. */
  readonly dropGroups: boolean;
  /** Before the node's user namespace is joined, for it may forbid setgroups(2). */
  readonly dropGroupsBeforeJoin: boolean;
  readonly where: Position | undefined;
}

/**
 * `set-user` and `set-group` name the ids outside; a new user namespace maps exactly these, to 0 on request. In one that
 * is joined they name its ids. What those are outside is known to nobody here: there, what is made stays the launcher's.
 */
export function chooseIdentity(context: BuildContext, namespaces: NamespaceChoices): Identity {
  const { merged: { ids, scalars }, request: { facts } } = context;
  const privileged = facts.uid === 0;
  const user = scalars["set-user"];
  const group = scalars["set-group"];
  const asRoot = (scalars["map-root-user"]?.value ?? 0) !== 0;
  const isNew = namespaces.user.kind === "new";
  if (asRoot && !isNew) {
    context.warnings.push({
      code: "W_MAP_ROOT_USER",
      message: "map-root-user has no effect: the node makes no user namespace",
      where: scalars["map-root-user"]?.where,
      hints: ["set share_user to disabled"],
    });
  }
  const joins = namespaces.user.kind === "join";
  const outside = joins ? { uid: facts.uid, gid: facts.gid } : ids;
  const inside = asRoot && isNew ? { uid: 0, gid: 0 } : ids;
  return {
    outside,
    inside,
    uidMaps: isNew ? [{ inside: inside.uid, outside: outside.uid, count: 1 }] : [],
    gidMaps: isNew ? [{ inside: inside.gid, outside: outside.gid, count: 1 }] : [],
    denySetgroups: isNew && !privileged,
    dropGroups: privileged && !joins,
    dropGroupsBeforeJoin: privileged && joins,
    where: user?.where ?? group?.where,
  };
}
