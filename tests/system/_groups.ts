/** Control groups of launches, where there is version 2 of them: also beside version 1, without any controller. */
import { exists } from "./_node.ts";

const CGROUPS = /^\S+ (\S+) cgroup2 /m.exec(Deno.readTextFileSync("/proc/mounts"))?.[1];

/** Whether a node with {@link IN_GROUP} has a group where root launches it. */
export const HAS_GROUPS = CGROUPS !== undefined && exists("/dev/kmsg");

/** Who may read a device but not write to it has a filter of devices, and so a group. A key of `config`. */
export const IN_GROUP = HAS_GROUPS ? "  devices: [{ path: /dev/kmsg, access: r }]\n" : "";

/** Groups of the nodes that are in a scratch directory, by the part of their names that no other node's has. */
export function groupsOf(directory: string): string[] {
  const path = `${CGROUPS}/redpak`;
  if (!HAS_GROUPS) return [];
  const own = directory.slice(directory.lastIndexOf("-") + 1);
  return listed(path).filter(({ isDirectory }) => isDirectory).flatMap(({ name }) =>
    name.includes(own) ? [`${path}/${name}`] : []
  );
}

/** Who ends another node removes the directory with the last one in it. */
function listed(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [];
  }
}
