import type { Image } from "../core/image.ts";
import { isWithin } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { subImage } from "../core/sub_image.ts";
import { holdersOf } from "../packages/database/holders.ts";
import { type ChangedFile, findChangedFiles, placeOf } from "../packages/verification/find_changed_files.ts";
import { findShadowedFiles, type ShadowedFile } from "../packages/verification/find_shadowed_files.ts";
import { type InstalledFile, installedFiles } from "../packages/verification/installed_files.ts";
import type { Finding } from "../proof/verify/finding.ts";
import type { PackageNode } from "./verify_packages.ts";

/**
 * Compares the files of nodes with what their packages have brought. A node without a database has no packages: its files
 * are whoever's who made it.
 *
 * @param nodes parents before their children
 */
export function verifyFiles(image: Image, nodes: readonly PackageNode[]): Finding[] {
  const directories = nodes.map(({ path }) => path);
  const byNode = new Map<string, readonly InstalledFile[]>();
  return nodes.flatMap(({ path, directory }) => {
    const root = subImage(image, path);
    const others = directories.filter((other) => other !== path && isWithin(other, path));
    const present = listFiles(root, others.map((other) => other.slice(path.length)));
    const privileged = present.flatMap((file) => privilegeOf(path, file) ?? []);
    const [holder] = holdersOf([directory]);
    const files = installedFiles(holder!);
    if (files === undefined) return privileged;
    const ancestors = new Map([...byNode].filter(([other]) => isWithin(path, other)));
    byNode.set(path, files);
    return [
      ...findChangedFiles(root, files).map((changed) => describeChange(path, changed)),
      ...findUnowned(root, files, present).map((file) => describeUnowned(path, file)),
      ...findShadowedFiles(files, ancestors).map((shadowed) => describeShadow(path, shadowed)),
      ...files.filter(({ capabilities }) => capabilities !== "").map((file) => capable(path, file)),
      ...privileged,
    ];
  });
}

interface PresentFile {
  /** In the node's directory. */
  readonly path: string;
  readonly kind: "file" | "link" | "other" | "directory";
  readonly mode: number;
}

/** Everything in a node but what nodes inside of it have, and redpak's own state. */
function listFiles(root: Image, others: readonly string[]): PresentFile[] {
  const found: PresentFile[] = [];
  const pending = ["/"];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const name of root.list(path)) {
      const child = path === "/" ? `/${name}` : `${path}/${name}`;
      if (others.includes(child) || child === "/.redpak") continue;
      const entry = root.lookUp(child);
      if (entry === undefined) continue;
      found.push({ path: child, kind: entry.kind, mode: entry.mode });
      if (entry.kind === "directory") pending.push(child);
    }
  }
  return found;
}

/** The database, and what says which transaction has made the programs: they come with packages, but from none. */
const BY_REDPAK = ["/usr/lib/sysimage/rpm", "/usr/.redpak-generation"];

/** Programs are what counts: what is in `etc` and `var`, people and programs make. */
const PROGRAMS = "/usr";

function findUnowned(root: Image, files: readonly InstalledFile[], present: readonly PresentFile[]): PresentFile[] {
  const owned = new Set(files.map(({ path }) => placeOf(root, path) ?? path));
  return present.filter(({ path, kind }) =>
    kind !== "directory" && isWithin(path, PROGRAMS) && !owned.has(path) &&
    !BY_REDPAK.some((own) => isWithin(path, own))
  );
}

const CHANGES: Readonly<Record<ChangedFile["change"], string>> = {
  missing: "is not there",
  type: "is something else",
  content: "has another content",
  mode: "has other permissions",
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
      CHANGES[change]
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

function describeShadow(node: string, { file, other, ancestor }: ShadowedFile): Finding {
  return {
    check: "V-SHADOW",
    severity: "error",
    node,
    path: node + file.path,
    package: file.package,
    code: "E_VERIFY_SHADOW",
    message: `File ${quote(file.path)} of ${file.package} is another one in ${other.package} of ${ancestor}`,
    hints: ["remove one of the packages, or install both in one node, so that rpm sees them"],
  };
}

function privilegeOf(node: string, { path, kind, mode }: PresentFile): Finding | undefined {
  const reason = kind === "link"
    ? undefined
    : kind !== "directory" && (mode & 0o4000) !== 0
    ? "has the set-user-ID bit"
    : kind !== "directory" && (mode & 0o2010) === 0o2010
    ? "has the set-group-ID bit"
    : (mode & 0o1002) === 0o002
    ? "can be changed by everybody"
    : undefined;
  if (reason === undefined) return undefined;
  return {
    check: "V-PRIVILEGE",
    severity: "warning",
    node,
    path: node + path,
    code: "W_VERIFY_PRIVILEGE",
    message: `${kind === "directory" ? "Directory" : "File"} ${quote(path)} ${reason}`,
    hints: [`chmod ${(mode & ~0o6002 & 0o7777).toString(8)}, in the package that it comes from`],
  };
}

function capable(node: string, { path, capabilities, package: label }: InstalledFile): Finding {
  return {
    check: "V-PRIVILEGE",
    severity: "warning",
    node,
    path: node + path,
    package: label,
    code: "W_VERIFY_PRIVILEGE",
    message: `File ${quote(path)} of ${label} has capabilities: ${capabilities}`,
    hints: ["give them to the node, if it needs them: config.capabilities"],
  };
}
