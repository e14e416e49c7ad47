import { isWithin, normalizePath, parentPath } from "../core/path.ts";

/** A file of a package, as far as it matters who else has it. */
export interface SharedFile {
  /** In the node that has the package. */
  readonly path: string;
  /** Bytes of a regular file; 0 of everything else. */
  readonly size: number;
  /** The same for files with the same content only. */
  readonly content: string;
}

export interface SharedPackage {
  /** The same for the same package only. */
  readonly label: string;
  readonly files: readonly SharedFile[];
}

/** A node with its own packages and the parts of the device's tree that it sees. */
export interface SharingNode {
  readonly path: string;
  readonly packages: readonly SharedPackage[];
  /** Paths of the device, with those below them that it does not see. */
  readonly sees: readonly { readonly source: string; readonly hidden: readonly string[] }[];
}

export interface NodeSharing {
  readonly own: number;
  /** Of what others have as well. */
  readonly duplicated: number;
  /** What it sees of each ancestor that it sees something of, the nearest first. */
  readonly inherited: readonly { readonly node: string; readonly packages: number; readonly bytes: number }[];
}

export interface Sharing {
  readonly byNode: ReadonlyMap<string, NodeSharing>;
  /** Bytes of all copies but the first, of files that several nodes have. */
  readonly duplicated: number;
  /** Packages that several nodes have, and the innermost node around all of them. */
  readonly packages: readonly {
    readonly label: string;
    readonly bytes: number;
    readonly nodes: readonly string[];
    readonly common: string | undefined;
  }[];
}

/**
 * Who shares what of packages by being in a parent, and what several nodes have by themselves.
 *
 * A node has what it sees of its ancestors by its mounts only; what lies at the other end of a link counts where the link
 * leads, which `sees` knows.
 */
export function findSharing(nodes: readonly SharingNode[]): Sharing {
  const copies = countCopies(nodes);
  const paths = nodes.map(({ path }) => path);
  const trees = new Map<string, PackageTree>();
  const treeOf = (path: string) => {
    const tree = trees.get(path) ?? new PackageTree(nodes.find((node) => node.path === path)!);
    trees.set(path, tree);
    return tree;
  };
  const byNode = new Map(nodes.map((node): [string, NodeSharing] => {
    const contents = contentsOf(node);
    const shared = [...contents].filter(([content]) => copies.get(content)!.count > 1);
    const ancestors = paths.filter((other) => other !== node.path && isWithin(node.path, other))
      .sort((one, other) => other.length - one.length);
    return [node.path, {
      own: sum(node.packages.map(sizeOf)),
      duplicated: sum(shared.map(([, size]) => size)),
      inherited: ancestors.map((ancestor) => ({ node: ancestor, ...treeOf(ancestor).seenBy(node) }))
        .filter(({ packages }) => packages > 0),
    }];
  }));
  return {
    byNode,
    duplicated: sum([...copies.values()].map(({ size, count }) => size * (count - 1))),
    packages: findDuplicates(nodes, paths),
  };
}

/** By content: its size, and how many nodes have it. */
function countCopies(nodes: readonly SharingNode[]): Map<string, { readonly size: number; count: number }> {
  const copies = new Map<string, { readonly size: number; count: number }>();
  for (const node of nodes) {
    for (const [content, size] of contentsOf(node)) {
      const known = copies.get(content);
      if (known === undefined) copies.set(content, { size, count: 1 });
      else known.count++;
    }
  }
  return copies;
}

/** What a node has, each content once, with its size. */
function contentsOf({ packages }: SharingNode): Map<string, number> {
  return new Map(
    packages.flatMap(({ files }) => files).flatMap(({ content, size }) => size === 0 ? [] : [[content, size]]),
  );
}

function findDuplicates(nodes: readonly SharingNode[], paths: readonly string[]): Sharing["packages"] {
  const holders = new Map<string, { readonly bytes: number; readonly nodes: Set<string> }>();
  for (const { path, packages } of nodes) {
    for (const one of packages) {
      const known = holders.get(one.label);
      if (known === undefined) holders.set(one.label, { bytes: sizeOf(one), nodes: new Set([path]) });
      else known.nodes.add(path);
    }
  }
  return [...holders].filter(([, { nodes }]) => nodes.size > 1).map(([label, { bytes, nodes }]) => ({
    label,
    bytes,
    nodes: [...nodes],
    common: paths.filter((path) => [...nodes].every((node) => isWithin(node, path)))
      .sort((one, other) => other.length - one.length)[0],
  })).sort((one, other) => waste(other) - waste(one) || (one.label < other.label ? -1 : 1));
}

function waste({ bytes, nodes }: { readonly bytes: number; readonly nodes: readonly string[] }): number {
  return bytes * (nodes.length - 1);
}

/** By package: how many of its files there are in a part of the tree, and their bytes. */
type Content = Map<string, { files: number; bytes: number }>;

/** The packages of a node, by everything that something of them is in. */
class PackageTree {
  readonly #contents = new Map<string, Content>();

  constructor(private readonly node: SharingNode) {
    for (const { label, files } of node.packages) {
      for (const { path, size } of files) {
        for (let at = normalizePath(`${node.path}/${path}`); at !== node.path; at = parentPath(at)) {
          this.#add(at, label, size);
        }
        this.#add(node.path, label, size);
      }
    }
  }

  /**
   * What another node sees. What is visible can change only where a mount begins or something is mounted over a part of it,
   * so the tree is cut into the parts between those places.
   */
  seenBy({ sees }: SharingNode): { readonly packages: number; readonly bytes: number } {
    const { path } = this.node;
    const places = sees.flatMap(({ source, hidden }) => [source, ...hidden]).filter((place) => isWithin(place, path));
    const points = [...new Set([path, ...places])];
    const seen: Content = new Map();
    for (const point of points) {
      if (!sees.some((one) => shows(one, point))) continue;
      const inside = points.filter((other) => other !== point && isWithin(other, point));
      const next = inside.filter((other) => !inside.some((between) => between !== other && isWithin(other, between)));
      addTo(seen, this.#contents.get(point), 1);
      for (const other of next) addTo(seen, this.#contents.get(other), -1);
    }
    const visible = [...seen.values()].filter(({ files }) => files > 0);
    return { packages: visible.length, bytes: sum(visible.map(({ bytes }) => bytes)) };
  }

  #add(at: string, label: string, bytes: number): void {
    const content = this.#contents.get(at) ?? new Map();
    this.#contents.set(at, content);
    addTo(content, new Map([[label, { files: 1, bytes }]]), 1);
  }
}

function addTo(content: Content, more: Content | undefined, sign: 1 | -1): void {
  for (const [label, { files, bytes }] of more ?? []) {
    const known = content.get(label) ?? { files: 0, bytes: 0 };
    content.set(label, { files: known.files + sign * files, bytes: known.bytes + sign * bytes });
  }
}

function shows({ source, hidden }: SharingNode["sees"][number], path: string): boolean {
  return isWithin(path, source) && !hidden.some((hole) => isWithin(path, hole));
}

function sizeOf({ files }: SharedPackage): number {
  return sum(files.map(({ size }) => size));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
