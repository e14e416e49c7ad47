import { idBase, IDS_PER_NODE } from "../config/id_range.ts";
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
  /** On the disks of the host: the owner of directories that are made there. */
  readonly onDisk: Ids;
  /** Of the user namespace of the node's init; empty where the node makes none. */
  readonly maps: IdMaps;
  /** Of mounts that show the node the owners that are on the disk, where it has ids of its own. */
  readonly mountMaps: IdMaps | undefined;
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
 * Root gives each node a range of ids that nothing else on the host has: id 0 inside is nobody in particular outside, and
 * what the kernel lets uid 0 do to the host (core_pattern, other sysctls) is out of reach. `set-user` and `set-group` name
 * ids inside.
 *
 * Everybody else has one id to give, which a new user namespace maps, to 0 on request; likewise root where the ids are to
 * be the host's. Who has subordinate ids (subuid(5)) gives them as well: a namespace with maps by newuidmap(1) may call setgroups(2), so the
 * caller's supplementary groups are dropped, and all other ids inside are nobody outside. In a user namespace that is joined the keys name its ids. What those are outside is known to nobody here:
 * there, what is made stays the launcher's.
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
  const inside = asRoot && isNew ? ROOT : ids;
  const base = privileged && isNew && context.request.hostIds !== true ? idBase(context.merged.leaf) : undefined;
  if (base !== undefined) refuseOutOfRange(context, inside);
  const outside = joins
    ? { uid: facts.uid, gid: facts.gid }
    : base === undefined
    ? ids
    : { uid: base + inside.uid, gid: base + inside.gid };
  const nests = !privileged && mustNest(context, inside, capabilities);
  const ranges = nests || privileged || !isNew ? undefined : subordinateIds(context);
  const maker = nests ? ROOT : inside;
  return {
    outside,
    maker,
    inside,
    onDisk: base === undefined ? outside : inside,
    maps: !isNew ? NO_MAPS : ranges !== undefined
      ? {
        uidMaps: mapAround(inside.uid, outside.uid, ranges.uid),
        gidMaps: mapAround(inside.gid, outside.gid, ranges.gid),
      }
      : base === undefined
      ? mapIds(maker, outside)
      : mapRange(base),
    mountMaps: base === undefined ? undefined : mapRange(base, LAUNCHER),
    nested: nests ? mapIds(inside, maker) : undefined,
    denySetgroups: isNew && !privileged && ranges === undefined,
    dropGroups: privileged && !joins || ranges !== undefined,
    dropGroupsBeforeJoin: privileged && joins,
    where,
  };
}

const ROOT: Ids = { uid: 0, gid: 0 };

const NO_MAPS: IdMaps = { uidMaps: [], gidMaps: [] };

/**
 * A mount makes nothing for whom it has no id. The launcher, which is 0 outside, makes directories and files in exports
 * before they get their owner: in between, they have an id on the disk that no node has.
 */
const LAUNCHER: IdMap = { inside: IDS_PER_NODE, outside: 0, count: 1 };

function mapRange(base: number, ...others: readonly IdMap[]): IdMaps {
  const maps = [{ inside: 0, outside: base, count: IDS_PER_NODE }, ...others];
  return { uidMaps: maps, gidMaps: maps };
}

/** The id that is the caller's stays so; all others are those of the range. */
function mapAround(inside: number, outside: number, first: number): readonly IdMap[] {
  const below = Math.min(inside, IDS_PER_NODE);
  const above = IDS_PER_NODE - below - 1;
  return [
    ...below > 0 ? [{ inside: 0, outside: first, count: below }] : [],
    { inside, outside, count: 1 },
    ...above > 0 ? [{ inside: inside + 1, outside: first + below, count: above }] : [],
  ];
}

function subordinateIds({ request: { facts, compat } }: BuildContext): Ids | undefined {
  return compat === true ? undefined : facts.subordinateIds?.();
}

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
function mustNest(context: BuildContext, { uid, gid }: Ids, capabilities: readonly Capability[]): boolean {
  const { merged } = context;
  const hasRoot = uid === 0 && gid === 0 || subordinateIds(context) !== undefined;
  return capabilities.includes("CAP_SYS_ADMIN") ||
    (!hasRoot && merged.exports.some(({ value }) => value.mode === "Devfs"));
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

function refuseOutOfRange(context: BuildContext, { uid, gid }: Ids): void {
  const { scalars } = context.merged;
  for (const [kind, id, key] of [["user", uid, "set-user"], ["group", gid, "set-group"]] as const) {
    if (id < IDS_PER_NODE) continue;
    // Without a key of its own, the group is that of the user, who is refused already.
    if (kind === "group" && scalars[key] === undefined && uid >= IDS_PER_NODE) continue;
    context.problems.push({
      code: "E_ID_RANGE",
      message: `Cannot run as ${kind} ${id}: the ids inside the node go from 0 to ${IDS_PER_NODE - 1}`,
      where: scalars[key]?.where ?? scalars["set-user"]?.where,
      hints: [`set ${key} to one of these`],
    });
  }
}
