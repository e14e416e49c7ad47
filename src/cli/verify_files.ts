import { type Image, type ImageEntry, scanImage } from "../core/image.ts";
import { isWithin } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { subImage } from "../core/sub_image.ts";
import { HOST } from "../packages/database/holders.ts";
import { groupOf, ownersIn, userOf } from "../packages/transaction/owners.ts";
import { type ChangedFile, changeOf, foundIn, type OwnerNumbers } from "../packages/verification/find_changed_files.ts";
import {
  type FilesByPath,
  findShadowedFiles,
  type ShadowedFile,
} from "../packages/verification/find_shadowed_files.ts";
import type { InstalledFile } from "../packages/verification/installed_files.ts";
import type { InstalledContent } from "../packages/verification/installed_headers.ts";
import type { Finding } from "../proof/verify/finding.ts";

export interface FilesRequest {
  readonly image: Image;
  /** What packages have brought, by the nodes and `HOST`; of those with a database that can be read. */
  readonly contents: ReadonlyMap<string, InstalledContent>;
  /** Directories of all nodes on the device. */
  readonly nodes: ReadonlySet<string>;
  /** Whether a file, by its path on the device, has capabilities of its own. */
  readonly hasCapabilities: (path: string) => boolean;
  /** Who else wants the content of files of packages, which is valid during the call. */
  readonly meet?: (entry: ImageEntry, content: Uint8Array) => void;
}

export interface VerifiedFiles {
  readonly findings: readonly Finding[];
  /** How many files the node has. */
  readonly count: number;
}

/**
 * Compares the files of a node with what its packages have brought. A node without a database has no packages: its files are
 * whoever's who made it.
 *
 * @param node its directory on the device
 * @param ancestors the topmost first, of those in `contents`
 */
export function verifyFiles(
  node: string,
  ancestors: readonly string[],
  { image, contents, nodes, hasCapabilities, meet }: FilesRequest,
): VerifiedFiles {
  const root = subImage(image, node);
  const present = listFiles(root, (path) => nodes.has(node + path));
  const count = present.filter(({ entry }) => entry.kind === "file").length;
  const privileges = (owned: ReadonlyMap<ImageEntry, InstalledFile>) =>
    present.flatMap((file) => privilegesOf(node, file, hasCapabilities, owned));
  const files = contents.get(node)?.files;
  if (files === undefined) return { findings: privileges(new Map()), count };
  const top = root.lookUp("/");
  const find = foundIn(root);
  const owners = ownersOf([node, ...ancestors.toReversed()], image, contents);
  const owned = new Map<ImageEntry, InstalledFile>();
  const findings: Finding[] = [];
  for (const [path, installed] of files) {
    const found = find(path);
    for (const file of installed) {
      if (found !== undefined) owned.set(found.entry, file);
      const change = changeOf(root, top, found, file, owners, meet);
      if (change !== undefined) findings.push(describeChange(node, { file, change }));
    }
  }
  const family = new Map<string, FilesByPath>(
    [node, ...ancestors].map((member) => [member, contents.get(member)!.files]),
  );
  const unowned = present.filter((file) => !owned.has(file.entry) && isProgram(file));
  const all = [
    ...findings,
    ...unowned.map((file) => describeUnowned(node, file)),
    ...findShadowedFiles(files, family).map((shadowed) => describeShadow(node, shadowed)),
    ...privileges(owned),
  ];
  return { findings: all, count };
}

interface PresentFile {
  /** In the node's directory. */
  readonly path: string;
  readonly entry: ImageEntry;
}

/** Everything in a node but what nodes inside of it have, and redpak's own state. */
function listFiles(root: Image, isOther: (path: string) => boolean): PresentFile[] {
  const found: PresentFile[] = [];
  const pending = ["/"];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const above = path === "/" ? path : `${path}/`;
    for (const [name, entry] of scanImage(root, path)) {
      const child = above + name;
      if (child === "/.redpak" || entry.kind === "directory" && isOther(child)) continue;
      found.push({ path: child, entry });
      if (entry.kind === "directory") pending.push(child);
    }
  }
  return found;
}

/** Whom names in packages stand for: as the node's tables say, then those of its ancestors, then what packages bring along. */
function ownersOf(
  members: readonly string[],
  image: Image,
  contents: ReadonlyMap<string, InstalledContent>,
): OwnerNumbers {
  // As for a transaction: users of the host are nobody to a node.
  const family = members.filter((member) => member !== HOST);
  const numbers = (file: string, fromLine: (line: string) => [string, number][]) => {
    const known = new Map<string, number | undefined>([["root", 0]]);
    return (name: string): number | undefined => {
      const number = known.get(name);
      if (number !== undefined || known.has(name)) return number;
      const tables = family.flatMap((member) => ownersIn(textIn(subImage(image, member), file)));
      const lines = family.flatMap((member) => contents.get(member)?.sysusers ?? []);
      const found = [...tables, ...lines.flatMap(fromLine)].find(([one]) => one === name)?.[1];
      known.set(name, found);
      return found;
    };
  };
  return { user: numbers("/etc/passwd", userOf), group: numbers("/etc/group", groupOf) };
}

function textIn(root: Image, path: string): string {
  const entry = root.lookUp(path);
  return entry?.kind === "file" ? new TextDecoder().decode(root.read(path, 0, entry.size)) : "";
}

/** The database, and what says which transaction has made the programs: they come with packages, but from none. */
const BY_REDPAK = ["/usr/lib/sysimage/rpm", "/usr/.redpak-generation"];

/** Programs are what counts: what is in `etc` and `var`, people and programs make. */
function isProgram({ path, entry }: PresentFile): boolean {
  return entry.kind !== "directory" && isWithin(path, "/usr") && !BY_REDPAK.some((own) => isWithin(path, own));
}

const CHANGES: Readonly<Record<ChangedFile["change"], (file: InstalledFile) => string>> = {
  missing: () => "is not there",
  type: () => "is something else",
  content: () => "has another content",
  mode: () => "has other permissions",
  user: ({ user }) => `does not belong to user ${quote(user)}`,
  group: ({ group }) => `does not belong to group ${quote(group)}`,
};

function describeChange(node: string, { file, change }: ChangedFile): Finding {
  return {
    check: "V-FILES",
    severity: file.isConfiguration ? "warning" : "error",
    node,
    path: node + file.path,
    package: file.package,
    code: "E_VERIFY_CHANGED",
    message: `${file.isConfiguration ? "Configuration file" : "File"} ${quote(file.path)} of ${file.package} ${
      CHANGES[change](file)
    }`,
    hints: [`redpak reinstall ${node} ${file.package}`],
  };
}

function describeUnowned(node: string, { path }: PresentFile): Finding {
  return {
    check: "V-UNOWNED",
    severity: "warning",
    node,
    path: node + path,
    code: "W_VERIFY_UNOWNED",
    message: `File ${quote(path)} comes from no package`,
    hints: ["put it into a package, or remove it"],
  };
}

function describeShadow(node: string, { file, other, node: holder }: ShadowedFile): Finding {
  return {
    check: "V-SHADOW",
    severity: "error",
    node,
    path: node + file.path,
    package: file.package,
    code: "E_VERIFY_SHADOW",
    message: `File ${quote(file.path)} of ${file.package} is another one in ${other.package} of ${
      holder === HOST ? "the host" : holder
    }`,
    hints: ["remove one of the packages, or install both in one node, so that rpm sees them"],
  };
}

function privilegesOf(
  node: string,
  { path, entry }: PresentFile,
  hasCapabilities: (path: string) => boolean,
  owned: ReadonlyMap<ImageEntry, InstalledFile>,
): readonly Finding[] {
  const { kind, mode } = entry;
  if (kind === "link") return NOTHING;
  const isDirectory = kind === "directory";
  const reason = !isDirectory && (mode & 0o4000) !== 0
    ? "has the set-user-ID bit"
    : !isDirectory && (mode & 0o2010) === 0o2010
    ? "has the set-group-ID bit"
    : (mode & 0o1002) === 0o002
    ? "can be changed by everybody"
    : undefined;
  const file = owned.get(entry);
  // An image that was unpacked without privileges has none of those that its packages say.
  const isPackaged = file !== undefined && file.capabilities !== "";
  const isMarked = !isPackaged && kind === "file" && (mode & 0o111) !== 0 && hasCapabilities(node + path);
  // Nearly all files.
  if (reason === undefined && !isPackaged && !isMarked) return NOTHING;
  const subject = `${isDirectory ? "Directory" : "File"} ${quote(path)}`;
  const finding = (message: string, hint: string, label?: string): Finding => ({
    check: "V-PRIVILEGE",
    severity: "warning",
    node,
    path: node + path,
    ...label === undefined ? {} : { package: label },
    code: "W_VERIFY_PRIVILEGE",
    message,
    hints: [hint],
  });
  const found: Finding[] = [];
  if (reason !== undefined) {
    const chmod = `chmod ${(mode & ~0o6002 & 0o7777).toString(8)}, in the package that it comes from`;
    found.push(finding(`${subject} ${reason}`, chmod));
  }
  const advice = "give them to the node, if it needs them: config.capabilities";
  if (isPackaged) {
    const { capabilities, package: label } = file;
    found.push(finding(`${subject} of ${label} has capabilities: ${capabilities}`, advice, label));
  }
  if (isMarked) found.push(finding(`${subject} has capabilities`, advice));
  return found;
}

const NOTHING: readonly Finding[] = [];
