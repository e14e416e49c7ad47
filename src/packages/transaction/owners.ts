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

const LARGEST_ID = 2 ** 32 - 2;

/**
 * Who is known by name: root, then whom passwd(5) and group(5) of the first node name, then of the next.
 *
 * @param nodes directories of the node and its ancestors
 */
export function findOwners(kernel: Kernel, nodes: readonly string[]): Owners {
  const users = new Map([["root", 0]]);
  const groups = new Map([["root", 0]]);
  for (const node of nodes) {
    for (const [known, file] of [[users, "passwd"], [groups, "group"]] as const) {
      for (const [name, id] of readTable(kernel, node, file)) if (!known.has(name)) known.set(name, id);
    }
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
