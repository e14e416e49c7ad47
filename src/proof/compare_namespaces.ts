import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import type { Fix } from "../core/fix.ts";
import { quote } from "../core/quote.ts";
import type { NamespaceChoice } from "../plan/namespaces.ts";
import { type Namespace, NAMESPACES } from "../plan/operation.ts";
import type { Comparison, Effective } from "./effective.ts";

/** Own ≤ joined ≤ shared; two joined namespaces compare only when they are the same file. */
export function compareNamespaces({ child, ancestor }: Comparison): Problem[] {
  return (Object.keys(NAMESPACES) as Namespace[]).flatMap((name): Problem[] => {
    const mine = child.namespaces[name];
    const theirs = ancestor.namespaces[name];
    if (isWithinChoice(mine, theirs)) return [];
    const act = mine.kind === "join" ? `join the ${name} namespace ${quote(mine.path)}` : `share the ${name} namespace`;
    const limit = theirs.kind === "join" ? `${quote(theirs.path)} is joined by` : "kept separate by";
    return [{
      code: "E_LOOSENED_NAMESPACE",
      message: `Cannot ${act}: ${limit} ${formatPosition(place(ancestor, name))}`,
      where: place(child, name),
      limit: place(ancestor, name),
      hints: [
        `${KEYS[name]} can be ${theirs.kind === "join" ? `disabled or ${quote(theirs.path)}` : "disabled"} here`,
      ],
      fix: disable(child, name),
    }];
  });
}

/** Beside `share_all`, the namespace's own key counts: the others stay as they are. */
function disable({ merged: { sharing } }: Effective, name: Namespace): Fix | undefined {
  const source = Object.hasOwn(sharing, name) ? sharing[name as keyof typeof sharing] : undefined;
  return source && setInFile(source, ["config", KEYS[name]], "disabled");
}

function isWithinChoice(mine: NamespaceChoice, theirs: NamespaceChoice): boolean {
  if (mine.kind === "new" || theirs.kind === "shared") return true;
  return mine.kind === "join" && theirs.kind === "join" && mine.path === theirs.path;
}

/** The keys that decide. A mount namespace is always a node's own. */
const KEYS: Readonly<Record<Namespace, string>> = {
  time: "share_time",
  mount: "exports",
  cgroup: "share_cgroup",
  uts: "hostname",
  ipc: "share_ipc",
  user: "share_user",
  pid: "share_pid",
  net: "share_net",
};

function place({ merged, namespaces }: Effective, name: Namespace) {
  return namespaces[name].where ?? merged.leaf.normal.locate(["config", KEYS[name]]);
}
