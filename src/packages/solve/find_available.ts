import { SELECTION } from "../../../ffi/libsolv/constants.ts";
import type { Solvable } from "../../../ffi/libsolv/pool.ts";
import type { Nevra } from "../database/installed_package.ts";
import { findPackages, notFound } from "./find_packages.ts";
import { originOf } from "./origin_of.ts";
import { PackagePool } from "./package_pool.ts";
import type { Origin } from "./resolution.ts";
import type { World } from "./resolve.ts";

/** A package that a node or a repository has. */
export interface FoundPackage extends Nevra {
  readonly summary: string;
  /** The node that has it installed: this one or an ancestor. */
  readonly node?: string;
  /** The repository that it can be installed from. */
  readonly repository?: string;
  /** Bytes of its files, installed. */
  readonly installedSize: number;
}

/** What `use` makes of the packages of a world. */
export async function inPool<T>(world: World, use: (packages: PackagePool) => T | Promise<T>): Promise<T> {
  using packages = new PackagePool(world.arch);
  packages.addInstalled(world.family);
  for (const source of world.available) packages.addAvailable(source);
  packages.prepare();
  return await use(packages);
}

/** The newest of each package that repositories have and neither the node nor an ancestor has. */
export function findNotInstalled(world: World): Promise<FoundPackage[]> {
  return inPool(world, (packages) => {
    const installed = new Set(packages.installed().map((solvable) => packageName(packages, solvable)));
    return describe(packages, newest(packages).filter((solvable) => !installed.has(packageName(packages, solvable))));
  });
}

/** Names, with summaries, of packages that can be installed and begin with a text. */
export function availableNames({ arch, available }: World, start: string): [name: string, summary: string][] {
  using packages = new PackagePool(arch);
  for (const source of available) packages.addAvailable(source);
  packages.prepare();
  const { pool } = packages;
  return pool.select(`${start.replace(/[\\*?[\]]/g, "\\$&")}*`, SELECTION.NAME | SELECTION.GLOB).flatMap((selector) => {
    const [first] = pool.selected(selector);
    return first === undefined
      ? []
      : [[pool.text(first, "solvable:name"), pool.text(first, "solvable:summary")] as [string, string]];
  });
}

/** Packages with all of these words in their name or summary, whatever their case; the best match first. */
export function searchPackages(world: World, words: readonly string[]): Promise<FoundPackage[]> {
  const wanted = words.map((word) => word.toLowerCase());
  const rank = (name: string) => {
    const lower = name.toLowerCase();
    return wanted.includes(lower) ? 0 : wanted.every((word) => lower.includes(word)) ? 1 : 2;
  };
  return inPool(world, (packages) => {
    const isMeant = (solvable: Solvable) => {
      const name = packages.pool.text(solvable, "solvable:name").toLowerCase();
      const rest = wanted.filter((word) => !name.includes(word));
      if (rest.length === 0) return true;
      const summary = packages.pool.text(solvable, "solvable:summary").toLowerCase();
      return rest.every((word) => summary.includes(word));
    };
    // Most packages have none of the words: which of them is the newest need not be known.
    const found = packages.installable(withWord(packages, wanted)).filter(isMeant);
    const names = new Set(found.map((solvable) => packages.pool.text(solvable, "solvable:name")));
    const versions = [...names].flatMap((name) => packages.available(name));
    const all = [...packages.installed(), ...newestOf(packages, versions)].filter(isMeant);
    return describe(packages, all).sort((one, other) => rank(one.name) - rank(other.name));
  });
}

/** All packages that have the longest of these words, and more: libsolv looks for it itself, but knows no letters beside ASCII's. */
function withWord(packages: PackagePool, words: readonly string[]): readonly Solvable[] {
  const [word = ""] = words.filter((one) => !NOT_ASCII.test(one)).sort((one, other) => other.length - one.length);
  if (word === "") return packages.allAvailable();
  const { pool } = packages;
  return [...new Set([...pool.withText(word, "solvable:name"), ...pool.withText(word, "solvable:summary")])];
}

const NOT_ASCII = /[\u0080-\u{10ffff}]/u;

/**
 * The packages that provide something: a name, a file, or what others require. For a word without a slash, programs of
 * that name count where nothing else does.
 */
export function findProviders(world: World, word: string): Promise<FoundPackage[]> {
  return inPool(world, async (packages) => {
    const { pool } = packages;
    const glob = /[*?[]/.test(word) ? SELECTION.GLOB : 0;
    const select = (text: string, kind: number) =>
      pool.select(text, kind | glob).flatMap((selector) => pool.selected(selector));
    const withFiles = async (paths: readonly string[]) => {
      if (await packages.addFilelists()) packages.prepare();
      return paths.flatMap((path) => select(path, SELECTION.FILELIST));
    };
    if (word.startsWith("/") || glob !== 0 && word.startsWith("*/")) {
      return describe(packages, [...await withFiles([word]), ...select(word, SELECTION.PROVIDES)]);
    }
    const found = select(word, SELECTION.PROVIDES | SELECTION.REL);
    if (found.length > 0) return describe(packages, found);
    return describe(packages, await withFiles(["/usr/bin", "/usr/sbin"].map((directory) => `${directory}/${word}`)));
  });
}

/**
 * The newest package that can be installed of each name that is meant.
 *
 * @throws {RedpakError} `E_PACKAGE_NOT_FOUND`
 */
export function findDownloads(
  world: World,
  words: readonly string[],
): Promise<{ readonly package: Nevra; readonly origin: Origin }[]> {
  return inPool(world, async (packages) => {
    if (words.some((word) => word.startsWith("/")) && await packages.addFilelists()) packages.prepare();
    const found = words.map((word) => {
      const meant = findPackages(packages, word).flatMap((meaning) => meaning.packages);
      return [word, meant.filter((solvable) => packages.repositoryOf(solvable) !== undefined)] as const;
    });
    const unknown = found.filter(([, solvables]) => solvables.length === 0).map(([word]) => word);
    if (unknown.length > 0) throw notFound(packages, "download", unknown);
    return found.flatMap(([, solvables]) => newestOf(packages, solvables)).map((solvable) => {
      return { package: packages.nevra(solvable), origin: originOf(packages, solvable) };
    });
  });
}

function packageName(packages: PackagePool, solvable: Solvable): string {
  const { name, arch } = packages.nevra(solvable);
  return `${name}.${arch}`;
}

function newest(packages: PackagePool): Solvable[] {
  return newestOf(packages, packages.allAvailable());
}

/** Of each name and architecture the one that would be installed: of the best repository, there the newest. */
function newestOf(packages: PackagePool, solvables: readonly Solvable[]): Solvable[] {
  const best = new Map<string, Solvable>();
  for (const solvable of solvables) {
    const name = packageName(packages, solvable);
    const former = best.get(name);
    if (former === undefined || isBetter(packages, solvable, former)) best.set(name, solvable);
  }
  return [...best.values()];
}

function isBetter(packages: PackagePool, one: Solvable, other: Solvable): boolean {
  const rank = packages.priorityOf(one) - packages.priorityOf(other);
  if (rank !== 0) return rank < 0;
  return packages.pool.compareVersions(packages.nevra(one).evr, packages.nevra(other).evr) > 0;
}

/** Sorted by name, what is installed before what is not, the newest first. */
function describe(packages: PackagePool, solvables: readonly Solvable[]): FoundPackage[] {
  const found = [...new Set(solvables)].map((solvable): FoundPackage => {
    const node = packages.nodeOf(solvable);
    const repository = packages.repositoryOf(solvable);
    return {
      ...packages.nevra(solvable),
      summary: packages.pool.text(solvable, "solvable:summary"),
      ...node === undefined ? {} : { node },
      ...repository === undefined ? {} : { repository },
      installedSize: packages.pool.number(solvable, "solvable:installsize"),
    };
  });
  const text = ({ name, node }: FoundPackage) => `${name} ${node === undefined ? 1 : 0}`;
  return found.sort((one, other) => {
    const [a, b] = [text(one), text(other)];
    return a === b ? packages.pool.compareVersions(other.evr, one.evr) : a < b ? -1 : 1;
  });
}
