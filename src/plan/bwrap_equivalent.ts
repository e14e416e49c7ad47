import type { MergedConfig } from "../config/merged.ts";
import { type BwrapLaunch, bwrapLaunch, type BwrapRequest } from "./bwrap_arguments.ts";
import { coverOwnFiles } from "./cover_own_files.ts";
import type { Operation, OperationName } from "./operation.ts";
import type { Plan } from "./plan.ts";

/**
 * A launch by bubblewrap that comes to what the plan does, where redpak 2.5 would have asked for something else: no
 * capability is left that was not added, the session is new. What bubblewrap cannot do is done before it by the programs
 * of util-linux.
 */
export function equivalentLaunch(plan: Plan, merged: MergedConfig, request: BwrapRequest): BwrapLaunch {
  const { "new-session": _, ...scalars } = merged.scalars;
  const exports = coverOwnFiles(merged.exports, merged.family);
  const launch = bwrapLaunch({ ...merged, exports, scalars, capabilities: [] }, request);
  const added = find(plan, "capabilities")[0]?.effective ?? [];
  const isMapped = find(plan, "clone")[0]?.uidMaps.length !== 0;
  const isTimed = [...find(plan, "unshare"), ...find(plan, "clone")].some(({ namespaces }) =>
    namespaces.includes("time")
  );
  return {
    ...launch,
    options: [
      ...launch.options,
      // Redpak 2.5 left it to the process that it made a time namespace with.
      ...isMapped && !launch.options.includes("--unshare-user") ? ["--unshare-user"] : [],
      ...isMapped && (merged.scalars["map-root-user"]?.value ?? 0) !== 0 ? ["--uid", "0", "--gid", "0"] : [],
      ...["--cap-drop", "ALL", ...added.flatMap((capability) => ["--cap-add", capability])],
      ...find(plan, "session").length > 0 ? ["--new-session"] : [],
      ...find(plan, "become-program").length > 0 ? ["--as-pid-1"] : [],
    ],
    directories: find(plan, "ensure-directory").map(({ path }) => path),
    before: [...joins(plan), ...isTimed ? ["unshare", "--time"] : [], ...identity(plan, request)],
  };
}

function find<K extends OperationName>({ operations }: Plan, name: K): Operation<K>[] {
  return operations.filter(({ operation }) => operation === name) as unknown[] as Operation<K>[];
}

function joins(plan: Plan): readonly string[] {
  const files = find(plan, "join").map(({ namespace, source }) =>
    `--${namespace}=${"path" in source ? source.path : `/proc/self/fd/${source.descriptor}`}`
  );
  return files.length === 0 ? [] : ["nsenter", ...files];
}

/** Whom the program is outside of its user namespace, and that it has no other groups. */
function identity(plan: Plan, { facts }: BwrapRequest): readonly string[] {
  const [inside, clone] = [find(plan, "identity").at(-1), find(plan, "clone")[0]];
  if (inside === undefined || !inside.dropGroups) return [];
  const uid = clone?.uidMaps[0]?.outside ?? inside.uid;
  const gid = clone?.gidMaps[0]?.outside ?? inside.gid;
  return [
    "setpriv",
    "--clear-groups",
    ...uid === facts.uid ? [] : [`--reuid=${uid}`],
    ...gid === facts.gid ? [] : [`--regid=${gid}`],
  ];
}
