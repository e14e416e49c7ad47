import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { attempt } from "../attempt.ts";
import { formatNevra } from "../database/installed_package.ts";
import { absent, Directory, openBelow } from "../generation/directory.ts";
import { readFile } from "../generation/durable_file.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import type { PackageContent } from "./package_content.ts";

/** The numbers of users and groups, by name. */
export interface Owners {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

const ROOT = ["root", 0] as const;
const LARGEST_ID = 2 ** 32 - 2;

/**
 * Who is known by name: as the node's passwd(5) and group(5) say, then those of its ancestors, then what the packages
 * themselves bring along.
 *
 * @param nodes directories of the node and its ancestors
 */
export function findOwners(kernel: Kernel, nodes: readonly string[], packages: readonly PackageContent[]): Owners {
  const users = new Map<string, number>();
  const groups = new Map<string, number>();
  const lines = packages.flatMap(({ sysusers }) => sysusers);
  const sources: [Map<string, number>, [string, number][]][] = [
    [users, [[...ROOT]]],
    [groups, [[...ROOT]]],
    ...nodes.flatMap((node): [Map<string, number>, [string, number][]][] => [
      [users, readTable(kernel, node, "passwd")],
      [groups, readTable(kernel, node, "group")],
    ]),
    [users, lines.flatMap(userOf)],
    [groups, lines.flatMap(groupOf)],
  ];
  for (const [known, entries] of sources) {
    for (const [name, id] of entries) if (!known.has(name)) known.set(name, id);
  }
  return { users, groups };
}

/**
 * librpm makes root of everybody whom it does not know.
 *
 * @throws {RedpakError} `E_PACKAGE_OWNER` for a file of somebody whom nobody knows
 */
export function refuseStrangers({ users, groups }: Owners, content: PackageContent): void {
  for (const { user, group, path } of content.files) {
    if (!users.has(user)) throw unknown(content, "user", user, path);
    if (!groups.has(group)) throw unknown(content, "group", group, path);
  }
}

function unknown(content: PackageContent, kind: "user" | "group", name: string, path: string): RedpakError {
  const file = kind === "user" ? "etc/passwd" : "etc/group";
  return new RedpakError({
    code: "E_PACKAGE_OWNER",
    message: `Cannot install ${formatNevra(content.package)}: its file ${quote(path)} belongs to ${kind} ${
      quote(name)
    }, whom neither the node nor an ancestor knows`,
    hints: [`add a line for it to ${file} of the node or of an ancestor`],
  });
}

/** The first and the third field of a line count. */
function readTable(kernel: Kernel, node: string, name: "passwd" | "group"): [string, number][] {
  const text = attempt("read", `${node}/etc/${name}`, () => {
    using directory = Directory.at(kernel, node);
    using etc = absent(() => openBelow(directory, "etc"));
    return etc && readFile(etc, name);
  });
  return ownersIn(text ?? "");
}

/** Names and numbers in the text of a passwd(5) or group(5). */
export function ownersIn(text: string): [string, number][] {
  return text.split("\n").flatMap((line) => entry(line.split(":")[0], line.split(":")[2]));
}

function entry(name: string | undefined, id: string | undefined): [string, number][] {
  if (name === undefined || name === "" || id === undefined || !/^\d{1,10}$/.test(id)) return [];
  return Number(id) <= LARGEST_ID ? [[name, Number(id)]] : [];
}

/** `u NAME UID[:GID] …`, sysusers.d(5); a number that the system would have to choose is none. */
export function userOf(line: string): [string, number][] {
  const [type, name, id] = line.split(/\s+/);
  return type === "u" || type === "u!" ? entry(name, id?.split(":")[0]) : [];
}

/** `g NAME GID …`; a user's group has its name and number. */
export function groupOf(line: string): [string, number][] {
  const [type, name, id] = line.split(/\s+/);
  if (type === "g") return entry(name, id);
  const [uid, gid] = (id ?? "").split(":");
  return type === "u" || type === "u!" ? entry(name, gid ?? uid) : [];
}
