import { parentPath } from "../core/path.ts";
import type { LoadedFamily } from "../store/load_family.ts";
import { POLICY_FILE } from "../store/load_policy.ts";
import { ADMIN_FILES, NORMAL_FILES, STATUS_FILE } from "../store/node_files.ts";
import type { HostPolicy } from "./host_policy.ts";

/**
 * Every file that a plan was made from, and every one that would have been read if it were there.
 *
 * @param used files of the host that were asked on the way
 */
export function sourcesOf(family: LoadedFamily, policy: HostPolicy | undefined, used: Iterable<string>): string[] {
  const profiles = family.flatMap(({ normal, admin }) => [normal.profile, admin?.profile])
    .flatMap((profile) => profile === undefined ? [] : [profile.locate([]).file]);
  const nodes = family.flatMap(({ path }) =>
    [STATUS_FILE, ...NORMAL_FILES, ...ADMIN_FILES].map((name) => `${path}/${name}`)
  );
  // A directory that becomes a node confines those below it.
  const above: string[] = [];
  for (let path = parentPath(family[0].path); path !== "/"; path = parentPath(path)) {
    above.push(`${path}/${STATUS_FILE}`);
  }
  // Those that are shipped are no files.
  const others = [...profiles, ...policy?.files ?? [POLICY_FILE]].filter((file) => file.startsWith("/"));
  return [...new Set([...nodes, ...above, ...others, ...used])];
}
