import { isDirectory } from "../../../ffi/libc/file_status.ts";
import { RedpakError } from "../../core/error.ts";
import { attempt } from "../attempt.ts";
import { Database } from "../database/database.ts";
import { findDatabase } from "../database/find_database.ts";
import { copyFile } from "../generation/copy_file.ts";
import { absent, type Directory, openBelow } from "../generation/directory.ts";
import { type Nevra, nevraOf } from "../database/installed_package.ts";
import type { NodeContent } from "../generation/node_content.ts";

/** With the programs, so that both are switched as one. */
export const DATABASE = "usr/lib/sysimage/rpm";

/** Where redpak 2.5 has it, and every program that reads a database finds it: a link from now on. */
export const FORMER = "var/lib/rpm";
const LINK = `../../${DATABASE}`;

/** What has to become of the database of a node. */
export interface DatabaseMove {
  /** Directory of the node that the database is copied from; absent where it is in its place, or there is none. */
  readonly from?: string;
  /** Whether `FORMER` becomes a link; what it was before is part of what can be undone. */
  readonly link: boolean;
  /** Whether `FORMER` is a directory that the link takes the place of. */
  readonly replaced: boolean;
}

/**
 * Finds out where the database of a node is.
 *
 * @throws {RedpakError} `E_DATABASE_KIND` where it is one that is not written any more; as `findDatabase`
 */
export function planDatabase(content: NodeContent): DatabaseMove {
  using found = findDatabase(content.path);
  if (found !== undefined && found.backend !== "sqlite") {
    throw new RedpakError({
      code: "E_DATABASE_KIND",
      message: `Cannot change the packages of "${content.path}": its database is of the kind ${found.backend}`,
      hints: [`rpmdb --root ${content.path} --rebuilddb, with a librpm that has both kinds, makes a new one of it`],
    });
  }
  const isFormer = found?.path === `${content.path}/${FORMER}`;
  const former = attempt("read", `${content.path}/${FORMER}`, () => findFormer(content.directory));
  // What is in a directory that is not the database is somebody's, who knows what for.
  const replaced = former === "empty" || former === "full" && isFormer;
  return {
    ...isFormer ? { from: FORMER } : {},
    link: former === "absent" || replaced,
    replaced,
  };
}

function findFormer(node: Directory): "absent" | "empty" | "full" | "other" {
  using parent = absent(() => openBelow(node, FORMER.slice(0, FORMER.lastIndexOf("/"))));
  const details = parent?.findDetails("rpm");
  if (parent === undefined || details === undefined) return "absent";
  if (!isDirectory(details)) return "other";
  using directory = parent.open("rpm");
  return directory.list().length === 0 ? "empty" : "full";
}

/** Does what was planned in the root directory that has been prepared. */
export function placeDatabase(node: Directory, root: Directory, move: DatabaseMove): void {
  if (move.from !== undefined) {
    using from = openBelow(node, move.from);
    using to = makeBelow(root, DATABASE);
    for (const name of from.list()) {
      copyFile({ directory: from, name, details: from.details(name) }, to, name);
    }
  }
  if (move.link) {
    using parent = makeBelow(root, FORMER.slice(0, FORMER.lastIndexOf("/")));
    parent.kernel.symlinkat(LINK, parent.number, "rpm");
  }
}

/** Opens a directory, and makes what is missing of its path. */
export function makeBelow(start: Directory, path: string): Directory {
  let directory = start.again();
  for (const name of path.split("/")) {
    using parent = directory;
    const existing = parent.find(name);
    directory = existing ?? parent.make(name);
    if (existing === undefined) directory.kernel.fchmod(directory.number, 0o755);
  }
  return directory;
}

/** The packages that a database has. */
export function packagesIn(root: string): Nevra[] {
  using database = Database.ofNode(root);
  return database?.map(nevraOf) ?? [];
}

export const isOfDatabase = (path: string): boolean => path === DATABASE || path.startsWith(`${DATABASE}/`);
