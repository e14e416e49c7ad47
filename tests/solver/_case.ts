/** Solver cases as text: what is installed where, what repositories have, a request, and what is to come of it. */

export interface CasePackage {
  readonly name: string;
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
  readonly requires: string[];
  readonly provides: string[];
  readonly conflicts: string[];
  readonly obsoletes: string[];
  readonly recommends: string[];
  readonly supplements: string[];
  /** One at most. */
  readonly vendor: string[];
  /** In primary.xml, as createrepo_c does for programs and configuration. */
  readonly file: string[];
  /** In filelists.xml only. */
  readonly listed: string[];
}

export interface CaseRepository {
  readonly id: string;
  readonly packages: CasePackage[];
  priority: number;
  cost: number;
  includes: string[];
  excludes: string[];
}

export interface Case {
  /** What is installed, by node; parents come before their children. */
  readonly nodes: Map<string, CasePackage[]>;
  readonly repositories: CaseRepository[];
  /** The node, the action and its words. */
  readonly request: { readonly node: string; readonly action: string; readonly words: readonly string[] };
  /** Packages that somebody has asked for; undefined where the case does not say. */
  readonly userInstalled?: readonly string[];
  readonly recommended: boolean;
  readonly expected: string;
}

const LISTS = [
  ...[
    "requires",
    "provides",
    "conflicts",
    "obsoletes",
    "recommends",
    "supplements",
    "vendor",
    "file",
    "listed",
  ] as const,
];

/**
 * Reads a case:
 *
 *     # What it shows.
 *     node /top
 *       lib-1-1.noarch
 *         provides libx = 1, (a or b)
 *     repo main priority 10 cost 5 include lib* exclude lib-2-1
 *       …
 *     asked app lib
 *     without recommended
 *     /top/child: install app
 *     =>
 *     what is expected
 */
export function parseCase(text: string): Case {
  const [head = "", expected] = text.split(/^=>\n/m);
  if (expected === undefined) throw new Error("a line => is missing");
  const nodes = new Map<string, CasePackage[]>();
  const repositories: CaseRepository[] = [];
  let request: Case["request"] | undefined;
  let userInstalled: string[] | undefined;
  let recommended = true;
  let packages: CasePackage[] = [];
  for (const line of head.split("\n")) {
    const words = line.trim().split(/\s+/);
    const [first = "", ...rest] = words;
    if (first === "" || first.startsWith("#")) continue;
    if (line.startsWith("    ")) {
      const list = LISTS.find((name) => name === first);
      const owner = packages.at(-1);
      if (list === undefined || owner === undefined) throw new Error(`cannot understand "${line}"`);
      owner[list].push(...line.trim().slice(first.length).split(",").map((value) => value.trim()));
    } else if (line.startsWith("  ")) packages.push(parsePackage(first));
    else if (first === "node") nodes.set(rest[0]!, packages = []);
    else if (first === "repo") repositories.push(parseRepository(rest, packages = []));
    else if (first === "asked") userInstalled = rest;
    else if (line === "without recommended") recommended = false;
    else if (first.endsWith(":")) {
      request = { node: first.slice(0, -1), action: rest[0]!, words: quoted(line).slice(2) };
    } else throw new Error(`cannot understand "${line}"`);
  }
  if (request === undefined) throw new Error("there is no request");
  return { nodes, repositories, request, ...userInstalled && { userInstalled }, recommended, expected };
}

function parsePackage(text: string): CasePackage {
  const [, name, epoch = "0", version, release, arch] = /^(.+)-(?:(\d+):)?([^-]+)-([^-]+)\.([^.]+)$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`"${text}" is no name-version-release.arch`);
  const lists = Object.fromEntries(LISTS.map((list) => [list, [] as string[]])) as Pick<
    CasePackage,
    typeof LISTS[number]
  >;
  return { name, epoch, version: version!, release: release!, arch: arch!, ...lists };
}

function parseRepository([id, ...settings]: readonly string[], packages: CasePackage[]): CaseRepository {
  const repository: CaseRepository = { id: id!, packages, priority: 99, cost: 1000, includes: [], excludes: [] };
  for (let at = 0; at < settings.length; at += 2) {
    const [key, value] = [settings[at], settings[at + 1]!];
    if (key === "priority" || key === "cost") repository[key] = Number(value);
    else if (key === "include") repository.includes.push(value);
    else if (key === "exclude") repository.excludes.push(value);
    else throw new Error(`cannot understand "${key}"`);
  }
  return repository;
}

/** Words; between quotation marks there may be blanks. */
function quoted(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
}
