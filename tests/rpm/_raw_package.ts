/** Packages written byte by byte: what rpmbuild would not make. The format: rpm's documentation, "Package format". */
import { encodeHeader, type Entry, REGION, TAG } from "./_header.ts";

export interface RawFile {
  readonly directory: string;
  readonly name: string;
  readonly content?: string;
  /** With the type. */
  readonly mode?: number;
  readonly link?: string;
  readonly owner?: string;
  /** What the header says its size is. */
  readonly size?: number;
  /** What the payload calls it. */
  readonly payloadName?: string;
  /** It is in the header, and not in the payload. */
  readonly isMissing?: boolean;
}

export interface RawPackage {
  readonly name?: string;
  readonly files?: readonly RawFile[];
  /** Values of tags in the place of those that would be there; `undefined` leaves one out. */
  readonly tags?: Readonly<Record<number, Entry | undefined>>;
}

const SHA256 = 8;
const encoder = new TextEncoder();

/** The bytes of a package. */
export async function rawPackage(
  { name = "raw", files = [], tags = {} }: RawPackage,
): Promise<Uint8Array<ArrayBuffer>> {
  const payload = await gzip(cpio(files));
  const sizes = files.map((file) => file.size ?? contentOf(file).length);
  const isLong = sizes.some((size) => size >= 2 ** 32);
  const directories = [...new Set(files.map(({ directory }) => directory))];
  const header: Record<number, Entry | undefined> = {
    [TAG.NAME]: ["string", name],
    [TAG.VERSION]: ["string", "1"],
    [TAG.RELEASE]: ["string", "1"],
    [TAG.SUMMARY]: ["i18n", ["raw"]],
    [TAG.DESCRIPTION]: ["i18n", ["raw"]],
    [TAG.SIZE]: ["int32", [0]],
    [TAG.LICENSE]: ["string", "Apache-2.0"],
    [TAG.OS]: ["string", "linux"],
    [TAG.ARCH]: ["string", "noarch"],
    [TAG.PAYLOADFORMAT]: ["string", "cpio"],
    [TAG.PAYLOADCOMPRESSOR]: ["string", "gzip"],
    [TAG.PAYLOADFLAGS]: ["string", "9"],
    [TAG.PAYLOADDIGEST]: ["strings", [await sha256(payload)]],
    [TAG.PAYLOADDIGESTALGO]: ["int32", [SHA256]],
    ...files.length === 0 ? {} : {
      [isLong ? TAG.LONGFILESIZES : TAG.FILESIZES]: [isLong ? "int64" : "int32", sizes],
      [TAG.FILEMODES]: ["int16", files.map(modeOf)],
      [TAG.FILERDEVS]: ["int16", files.map(() => 0x103)],
      [TAG.FILEMTIMES]: ["int32", files.map(() => 1_700_000_000)],
      [TAG.FILEDIGESTS]: ["strings", await Promise.all(files.map(digestOf))],
      [TAG.FILELINKTOS]: ["strings", files.map(({ link = "" }) => link)],
      [TAG.FILEFLAGS]: ["int32", files.map(() => 0)],
      [TAG.FILEUSERNAME]: ["strings", files.map(({ owner = "root" }) => owner)],
      [TAG.FILEGROUPNAME]: ["strings", files.map(({ owner = "root" }) => owner)],
      [TAG.FILEVERIFYFLAGS]: ["int32", files.map(() => 0xffff_ffff)],
      [TAG.FILEDEVICES]: ["int32", files.map(() => 1)],
      [TAG.FILEINODES]: ["int32", files.map((_, index) => index + 1)],
      [TAG.FILELANGS]: ["strings", files.map(() => "")],
      [TAG.DIRINDEXES]: ["int32", files.map(({ directory }) => directories.indexOf(directory))],
      [TAG.BASENAMES]: ["strings", files.map((file) => file.name)],
      [TAG.DIRNAMES]: ["strings", directories],
      [TAG.FILEDIGESTALGO]: ["int32", [SHA256]],
    },
    ...tags,
  };
  const main = encodeHeader(header, REGION.immutable);
  const signature = encodeHeader({
    273: ["string", await sha256(main)],
    1000: ["int32", [main.length + payload.length]],
  }, REGION.signatures);
  const padding = new Uint8Array((8 - signature.length % 8) % 8);
  return concatenate([lead(name), signature, padding, main, payload]);
}

/** Where the parts of a package begin: its signature header, its header, its payload. */
export function partsOf(
  bytes: Uint8Array,
): { readonly signature: number; readonly header: number; readonly payload: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = (start: number) => start + 16 + view.getUint32(start + 8) * 16 + view.getUint32(start + 12);
  const signature = 96;
  const header = Math.ceil(end(signature) / 8) * 8;
  return { signature, header, payload: end(header) };
}

function lead(name: string): Uint8Array {
  const bytes = new Uint8Array(96);
  bytes.set([0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, 255]);
  bytes.set(encoder.encode(name).subarray(0, 65), 10);
  bytes[77] = 1;
  bytes[79] = 5;
  return bytes;
}

const modeOf = ({ mode, link }: RawFile): number => mode ?? (link === undefined ? 0o100644 : 0o120777);
const contentOf = ({ content = "", link }: RawFile): Uint8Array<ArrayBuffer> => encoder.encode(link ?? content);

async function digestOf(file: RawFile): Promise<string> {
  return (modeOf(file) & 0o170000) === 0o100000 ? await sha256(contentOf(file)) : "";
}

/** The archive in the form "newc". */
function cpio(files: readonly RawFile[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const pad = (length: number) => new Uint8Array((4 - length % 4) % 4);
  const add = (name: string, mode: number, inode: number, content: Uint8Array, links = 1) => {
    const encoded = encoder.encode(`${name}\0`);
    const numbers = [inode, mode, 0, 0, links, 1_700_000_000, content.length, 0, 1, 1, 3, encoded.length, 0];
    const head = encoder.encode("070701" + numbers.map((number) => number.toString(16).padStart(8, "0")).join(""));
    parts.push(head, encoded, pad(head.length + encoded.length), content, pad(content.length));
  };
  files.forEach((file, index) => {
    if (file.isMissing === true) return;
    const mode = modeOf(file);
    const hasContent = [0o100000, 0o120000].includes(mode & 0o170000);
    const name = file.payloadName ?? `.${file.directory}${file.name}`;
    add(name, mode, index + 1, hasContent ? contentOf(file) : new Uint8Array());
  });
  add("TRAILER!!!", 0, 0, new Uint8Array());
  return concatenate(parts);
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
