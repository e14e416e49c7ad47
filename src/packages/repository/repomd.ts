import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { type Checksum, readChecksum } from "./checksum.ts";
import { locationProblem } from "./location.ts";
import { readXml, type XmlElement } from "./xml.ts";

/** The kinds of metadata that are of use here. */
export type MetadataKind = "primary" | "filelists";

/** A file of metadata as repomd.xml announces it. */
export interface MetadataRecord {
  readonly kind: MetadataKind;
  /** Path below the repository's address. */
  readonly location: string;
  readonly checksum: Checksum;
  /** Bytes, where it is said. */
  readonly size: number | undefined;
  /** How its name says that it is compressed. */
  readonly compression: Compression;
  /** Of what it unpacks to; where it is not compressed, of itself. */
  readonly openChecksum: Checksum | undefined;
  readonly openSize: number | undefined;
}

/** The state of a repository. */
export interface Repomd {
  readonly primary: MetadataRecord;
  readonly filelists: MetadataRecord | undefined;
  readonly age: RepositoryAge;
}

/** What orders the states of a repository. */
export interface RepositoryAge {
  /** The number that its maker counts up, mostly seconds since 1970; absent where it is none. */
  readonly revision: number | undefined;
  /** Of the newest file, seconds since 1970. */
  readonly timestamp: number;
}

/** Endings of names, and what unpacks them. */
export const COMPRESSIONS = { ".gz": "gzip", ".xz": "xz", ".zst": "zstd", ".bz2": "bzip2", ".xml": "none" } as const;
export type Compression = (typeof COMPRESSIONS)[keyof typeof COMPRESSIONS];

/** Bytes of the largest repomd.xml that is read. */
export const REPOMD_LIMIT = 1024 * 1024;

/**
 * Reads a repomd.xml. What it announces of metadata that nobody needs here is not looked at.
 *
 * @param source how errors name it
 * @throws {RedpakError} `E_XML…`, `E_REPOMD` where something is missing, twice, too weak, or leads elsewhere
 */
export function readRepomd(bytes: Uint8Array, source: string): Repomd {
  const root = readXml(bytes, source);
  const refuse = (reason: string): RedpakError =>
    new RedpakError({ code: "E_REPOMD", message: `Cannot use "${source}": ${reason}` });
  if (root.name !== "repomd") throw refuse(`expected <repomd>, found <${root.name}>`);
  const data = root.children.filter(({ name }) => name === "data");
  const record = (kind: MetadataKind): MetadataRecord | undefined => {
    const [found, second] = data.filter(({ attributes }) => attributes.get("type") === kind);
    if (second !== undefined) throw refuse(`it has ${kind} twice`);
    return found && readRecord(kind, found, (reason) => refuse(`${kind}: ${reason}`));
  };
  const primary = record("primary");
  if (primary === undefined) throw refuse("it has no primary metadata");
  const timestamps = data.map((element) => Number(textOf(element, "timestamp") ?? 0)).filter(Number.isFinite);
  return {
    primary,
    filelists: record("filelists"),
    age: {
      revision: readNumber(textOf(root, "revision")),
      timestamp: Math.floor(timestamps.reduce((newest, each) => Math.max(newest, each), 0)),
    },
  };
}

type Refuse = (reason: string) => RedpakError;

function readRecord(kind: MetadataKind, element: XmlElement, refuse: Refuse): MetadataRecord {
  const place = element.children.find(({ name }) => name === "location");
  const location = place?.attributes.get("href");
  if (place === undefined || location === undefined) throw refuse("nothing says where it is");
  if (place.attributes.has("xml:base")) throw refuse("it is said to be in another repository");
  const problem = locationProblem(location);
  if (problem !== undefined) throw refuse(`its location ${quote(location)} ${problem}`);
  const ending = /\.[^./]*$/.exec(location)?.[0] ?? "";
  if (!Object.hasOwn(COMPRESSIONS, ending)) {
    throw refuse(`its location ${quote(location)} ends with none of ${Object.keys(COMPRESSIONS).join(", ")}`);
  }
  const compression = COMPRESSIONS[ending as keyof typeof COMPRESSIONS];
  const checksum = readSum(element, "checksum", refuse);
  if (checksum === undefined) throw refuse("it has no checksum");
  const size = readSize(element, "size", refuse);
  const packed = compression !== "none";
  return {
    kind,
    location,
    checksum,
    size,
    compression,
    openChecksum: packed ? readSum(element, "open-checksum", refuse) : checksum,
    openSize: packed ? readSize(element, "open-size", refuse) : size,
  };
}

function readSum(element: XmlElement, name: string, refuse: Refuse): Checksum | undefined {
  const found = element.children.find((child) => child.name === name);
  if (found === undefined) return undefined;
  const sum = readChecksum(found.attributes.get("type") ?? "", found.text);
  if (typeof sum === "string") throw refuse(sum);
  return sum;
}

function readSize(element: XmlElement, name: string, refuse: Refuse): number | undefined {
  const text = textOf(element, name);
  const size = readNumber(text);
  if (text !== undefined && size === undefined) throw refuse(`its ${name} is ${quote(text)}`);
  return size;
}

function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
