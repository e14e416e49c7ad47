import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { type Checksum, readChecksum } from "./checksum.ts";
import { readXml, type XmlElement } from "./xml.ts";

/** What a list of mirrors says. */
export interface MirrorList {
  /** Addresses of the repository, the best first. */
  readonly mirrors: readonly string[];
  /** The states of the repository that mirrors may have; absent where the list does not know. */
  readonly states?: readonly AnnouncedState[];
}

/** A repomd.xml that a metalink announces. */
export interface AnnouncedState {
  readonly checksum: Checksum;
  readonly size: number;
}

/** Bytes of the largest list that is read, and how many mirrors of it count. */
export const MIRROR_LIST_LIMIT = 1024 * 1024;
const MIRRORS = 200;

/** What stands behind the address of a repository in a metalink. */
const REPOMD = "/repodata/repomd.xml";

/**
 * Reads what a `mirrorlist` or `metalink` address has sent: lines of addresses, or a metalink 3 document of MirrorManager.
 *
 * @param address where it comes from
 * @param metalink it must be a metalink, with the checksum of repomd.xml
 * @throws {RedpakError} `E_MIRRORS` where it has no usable mirror; `E_XML…`
 */
export function readMirrors(bytes: Uint8Array, address: string, metalink: boolean): MirrorList {
  const isXml = metalink || bytes[0] === "<".charCodeAt(0);
  const { mirrors, ...rest } = isXml ? readMetalink(readXml(bytes, address), address) : readLines(bytes);
  const usable = choose(mirrors, address);
  if (usable.length === 0) throw refuse(address, "it names no mirror that can be used (http or https)");
  return { ...rest, mirrors: usable.slice(0, MIRRORS) };
}

function readLines(bytes: Uint8Array): MirrorList {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/).map((line) => line.trim());
  return { mirrors: lines.filter((line) => line !== "" && !line.startsWith("#")) };
}

/**
 * Who sends a list decides where metadata comes from, and nothing else: no files of this machine, unless the list is one;
 * and no server that anybody on the way could speak for, if the list came from one that nobody could.
 */
function choose(mirrors: readonly string[], address: string): string[] {
  const { protocol } = new URL(address);
  const urls = mirrors.flatMap((mirror) => {
    const url = /^(?:https?|file):\/\//i.test(mirror) ? URL.parse(mirror) : null;
    if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return [];
    return url.protocol === "file:" && (protocol !== "file:" || url.host !== "") ? [] : [url];
  });
  const secure = urls.filter((url) => url.protocol === "https:");
  const chosen = protocol === "https:" && secure.length > 0 ? secure : urls;
  return [...new Set(chosen.map(({ href }) => href.replace(/\/+$/, "")))];
}

function readMetalink(root: XmlElement, address: string): MirrorList {
  if (root.name !== "metalink") throw refuse(address, `expected <metalink>, found <${root.name}>`);
  const file = child(root, "files")?.children.find(({ name, attributes }) =>
    name === "file" && attributes.get("name") === "repomd.xml"
  );
  if (file === undefined) throw refuse(address, "it says nothing about repomd.xml");
  const urls = (child(file, "resources")?.children ?? []).filter(({ name, text }) =>
    name === "url" && text.endsWith(REPOMD)
  );
  const preference = ({ attributes }: XmlElement) => Number(attributes.get("preference") ?? 0) || 0;
  const mirrors = urls.toSorted((a, b) => preference(b) - preference(a)).map(({ text }) =>
    text.slice(0, -REPOMD.length)
  );
  // Mirrors that are a little behind are announced too.
  const alternates = child(file, "mm0:alternates")?.children.filter(({ name }) => name === "mm0:alternate") ?? [];
  return { mirrors, states: [file, ...alternates].map((state) => readState(state, address)) };
}

function readState(element: XmlElement, address: string): AnnouncedState {
  const size = child(element, "size")?.text ?? "";
  if (!/^\d{1,15}$/.test(size)) throw refuse(address, `the size of repomd.xml is ${quote(size)}`);
  const sums = (child(element, "verification")?.children ?? []).filter(({ name }) => name === "hash")
    .map(({ attributes, text }) => readChecksum(attributes.get("type") ?? "", text))
    .filter((sum) => typeof sum !== "string")
    .toSorted((a, b) => a.algorithm < b.algorithm ? 1 : -1);
  const [checksum] = sums;
  if (checksum === undefined) throw refuse(address, "it has no checksum of repomd.xml that counts (sha256, sha512)");
  return { checksum, size: Number(size) };
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((each) => each.name === name);
}

function refuse(address: string, reason: string): RedpakError {
  return new RedpakError({ code: "E_MIRRORS", message: `Cannot use the list of mirrors "${address}": ${reason}` });
}
