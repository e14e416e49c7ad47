import type { Ids } from "../config/merged.ts";
import type { Position } from "../core/error.ts";
import type { BuildContext } from "./build_context.ts";
import type { NamespaceChoices } from "./namespaces.ts";
import type { Capability, IdMap } from "./operation.ts";

/** Who the program is. */
export interface Identity {
  /** In the launcher's user namespace: the owner of what the launcher makes. */
  readonly outside: Ids;
  /** In the user namespace of the node's init: the owner of what that makes. */
  readonly maker: Ids;
  /** In the program's user namespace. */
  readonly inside: Ids;
  /** Of the user namespace of the node's init; empty where the node makes none. */
  readonly maps: IdMaps;
  /** Of another one inside that, where the program cannot be in the same as init. */
  readonly nested: IdMaps | undefined;
  /** Only a privileged launcher may leave setgroups(2) allowed in a new user namespace (user_namespaces(7)). */
  readonly denySetgroups: boolean;
  /** By the program's process. */
  readonly dropGroups: boolean;
  /** Before the node's user namespace is joined, for it may forbid setgroups(2). */
  readonly dropGroupsBeforeJoin: boolean;
  readonly where: Position | undefined;
}

export interface IdMaps {
  readonly uidMaps: readonly IdMap[];
  readonly gidMaps: readonly IdMap[];
}

/**
 * `set-user` and `set-group` name the ids outside; a new user namespace maps exactly these, to 0 on request. In one that
 * is joined they name its ids. What those are outside is known to nobody here: there, what is made stays the launcher's.
 */
export function chooseIdentity(
  context: BuildContext,
  namespaces: NamespaceChoices,
  capabilities: readonly Capability[],
): Identity {
  const { merged: { ids, scalars }, request: { facts }, privileged } = context;
  const asRoot = (scalars["map-root-user"]?.value ?? 0) !== 0;
  const isNew = namespaces.user.kind === "new";
  const where = scalars["set-user"]?.where ?? scalars["set-group"]?.where;
  if (!privileged) refuseOthers(context, where);
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
  const inside = asRoot && isNew ? ROOT : ids;
  const nests = !privileged && mustNest(context, inside, capabilities);
  const maker = nests ? ROOT : inside;
  return {
    outside,
    maker,
    inside,
    maps: isNew ? mapIds(maker, outside) : { uidMaps: [], gidMaps: [] },
    nested: nests ? mapIds(inside, maker) : undefined,
    denySetgroups: isNew && !privileged,
    dropGroups: privileged && !joins,
    dropGroupsBeforeJoin: privileged && joins,
    where,
  };
}

const ROOT: Ids = { uid: 0, gid: 0 };

function mapIds(inside: Ids, outside: Ids): IdMaps {
  return {
    uidMaps: [{ inside: inside.uid, outside: outside.uid, count: 1 }],
    gidMaps: [{ inside: inside.gid, outside: outside.gid, count: 1 }],
  };
}

/**
 * The kernel makes a devpts only where 0 is mapped (devpts(4), `mknod_ptmx`). And who may mount in the user namespace that
 * the mounts were made in could undo them; further inside they are locked (mount_namespaces(7)).
 */
function mustNest({ merged }: BuildContext, { uid, gid }: Ids, capabilities: readonly Capability[]): boolean {
  const isRoot = uid === 0 && gid === 0;
  return capabilities.includes("CAP_SYS_ADMIN") ||
    (!isRoot && merged.exports.some(({ value }) => value.mode === "Devfs"));
}

function refuseOthers(context: BuildContext, where: Position | undefined): void {
  const { merged: { ids }, request: { facts } } = context;
  if (ids.uid === facts.uid && ids.gid === facts.gid) return;
  context.refuseUser(
    `Cannot run as ${ids.uid}:${ids.gid}: only root may start a node as somebody else than ${facts.uid}:${facts.gid}`,
    where,
    "remove set-user and set-group, or start it as root",
  );
}
