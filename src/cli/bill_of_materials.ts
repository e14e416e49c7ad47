import configuration from "../../deno.json" with { type: "json" };
import { resolveInImage } from "../core/image.ts";
import { isWithin } from "../core/path.ts";
import { Database } from "../packages/database/database.ts";
import { type Holder as DatabaseHolder, HOST } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { findMaterials, type Material } from "../packages/solve/find_materials.ts";
import { DirectoryImage } from "../store/directory_image.ts";
import type { Bill, BilledPackage, Holder } from "../view/bom/bill.ts";
import { usage } from "./split_words.ts";

/** A node, by its directory on the device and here. */
export interface BilledNode {
  readonly path: string;
  readonly directory: string;
  readonly alias: string;
  /** Whether it has the packages of the system as well. */
  readonly onHost: boolean;
}

export interface BillRequest {
  /** Directory that is `/` on the device, without symbolic links. */
  readonly root: string;
  /** Parents before their children. */
  readonly nodes: readonly BilledNode[];
  /** The bill is of this node, by its directory on the device: of all of them and the system where it is absent. */
  readonly node?: string | undefined;
  /** SOURCE_DATE_EPOCH. */
  readonly epoch: string | undefined;
}

/**
 * Everything that the packages of an image, or of a node of it, say of themselves. A node's bill has its packages, those
 * of its ancestors, and of the system's those that some of them need.
 *
 * @throws {RedpakError} as the databases; `E_USAGE` for a SOURCE_DATE_EPOCH that is none
 */
export function billOfMaterials({ root, nodes, node, epoch }: BillRequest): Bill {
  const shown = node === undefined ? nodes : nodes.filter(({ path }) => isWithin(node, path));
  const open = (directory: string) => () => Database.ofNode(directory);
  const databases: DatabaseHolder[] = [
    { node: HOST, open: () => Database.ofHost(root) },
    ...shown.map(({ path, directory }) => ({ node: path, open: open(directory) })),
  ];
  const onHost = new Set([HOST, ...shown.flatMap(({ path, onHost }) => onHost ? [path] : [])]);
  const materials = findMaterials(databases, (node, holder) => {
    return holder === HOST ? onHost.has(node) : isWithin(node, holder);
  });
  const counted = node === undefined ? materials : needed(materials);
  const ids = identifiers(counted);
  const packagesOf = (path: string) =>
    counted.filter((one) => one.node === path).map((one) => billed(one, ids)).sort(({ id: a }, { id: b }) =>
      compare(a, b)
    );
  const system: Holder = { kind: "system", path: HOST, ...distribution(root), packages: packagesOf(HOST) };
  const holders = shown.map(({ path, alias }): Holder => ({
    kind: "node",
    path,
    name: alias,
    parent: shown.findLast((other) => other.path !== path && isWithin(path, other.path))?.path,
    packages: packagesOf(path),
  }));
  const bill = { version: configuration.version, time: timeOf(materials, epoch) };
  if (node === undefined) return { ...bill, subject: system, others: holders };
  const others = holders.filter(({ path }) => path !== node);
  return {
    ...bill,
    subject: holders.find(({ path }) => path === node)!,
    others: system.packages.length === 0 ? others : [system, ...others],
  };
}

/** The packages of nodes, and of the system's what they need, and what that needs. */
function needed(materials: readonly Material[]): Material[] {
  const found = new Set(materials.filter(({ node }) => node !== HOST));
  // A set that grows is iterated to its new end.
  for (const { dependsOn } of found) dependsOn.forEach((other) => found.add(other));
  return [...found];
}

/** A damaged database may have a package twice. */
function identifiers(materials: readonly Material[]): ReadonlyMap<Material, string> {
  const used = new Map<string, number>();
  return new Map(materials.map((material): [Material, string] => {
    const id = `${material.node}#${formatNevra(material.package)}`;
    const times = (used.get(id) ?? 0) + 1;
    used.set(id, times);
    return [material, times === 1 ? id : `${id}#${times}`];
  }));
}

function billed(material: Material, ids: ReadonlyMap<Material, string>): BilledPackage {
  const { name, evr, arch, summary, license, vendor, url, source, headerSha256, payload } = material.package;
  const dependsOn = material.dependsOn.map((other) => ids.get(other)!).sort(compare);
  const id = ids.get(material)!;
  return { id, name, evr, arch, summary, license, vendor, url, source, headerSha256, payload, dependsOn };
}

/** By code units: the same order wherever it is made. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** When the newest package was installed, unless who builds says when. */
function timeOf(materials: readonly Material[], epoch: string | undefined): string | undefined {
  if (epoch !== undefined && epoch !== "" && !/^\d{1,11}$/.test(epoch)) {
    throw usage(`Cannot use SOURCE_DATE_EPOCH "${epoch}": expected seconds since 1970`);
  }
  const seconds = epoch ? Number(epoch) : Math.max(...materials.map((one) => one.package.installedAt), -1);
  return seconds < 0 ? undefined : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** What os-release(5) of the image says that it is. */
function distribution(root: string): Pick<Holder, "name" | "version"> {
  // Of everything else the databases say what it is: one file is less than it takes to bind the system calls that would read it.
  const image = new DirectoryImage(root);
  const found = ["/etc/os-release", "/usr/lib/os-release"].map((path) => resolveInImage(image, path))
    .find((one) => one?.entry.kind === "file");
  const text = found === undefined ? "" : new TextDecoder().decode(image.read(found.path, 0, 65536));
  const value = (key: string) => new RegExp(`^${key}=(["']?)([A-Za-z0-9._-]+)\\1$`, "m").exec(text)?.[2];
  return { name: value("ID") ?? "system", version: value("VERSION_ID") };
}
