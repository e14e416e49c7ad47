import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { Digest } from "../../../ffi/librpm/digest.ts";
import { SolvError } from "../../../ffi/libsolv/solv_error.ts";
import { unpackedFile } from "../../../ffi/libsolv/unpacked_file.ts";
import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import type { MetadataRecord } from "./repomd.ts";

/** Bytes that a file of metadata may have, packed and unpacked: more than the largest distributions need. */
export const PACKED_LIMIT = 256 * 1024 * 1024;
export const UNPACKED_LIMIT = 1024 * 1024 * 1024;

/** What could define entities. Nothing in metadata looks like it: there, `<` of texts is `&lt;`. */
const DECLARATIONS = /<!(?:DOCTYPE|ENTITY)/;
/** Letters of the longest of them that may be in the end of one piece and the beginning of the next. */
const OVERLAP = 8;

/**
 * Unpacks a file of metadata once, piece by piece, to find out whether it may be read: that it becomes no larger than it
 * says, is what it says, and defines no entities. Whoever reads it afterwards need not care.
 *
 * @param file descriptor, at its beginning
 * @throws {RedpakError} `E_METADATA`
 */
export function checkMetadata(kernel: Kernel, file: number, record: MetadataRecord, repository: string): void {
  const refuse = (reason: string) =>
    new RedpakError({
      code: "E_METADATA",
      message: `Cannot use the ${record.kind} metadata of repository ${quote(repository)}: ${reason}`,
      hints: ["whoever runs the repository has to make it anew (createrepo_c)"],
    });
  const limit = Math.min(record.openSize ?? UNPACKED_LIMIT, UNPACKED_LIMIT);
  using digest = record.openChecksum && new Digest(record.openChecksum.algorithm);
  const decoder = new TextDecoder("latin1");
  let size = 0;
  let last = "";
  try {
    kernel.lseek(file, 0, 0);
    for (const chunk of unpackedFile(kernel, record.location, file)) {
      if (size === 0 && !beginsAsXml(chunk)) throw refuse("it is not XML in UTF-8");
      size += chunk.length;
      if (size > limit) throw refuse(`it unpacks to more than ${limit} bytes`);
      const text = last + decoder.decode(chunk);
      if (DECLARATIONS.test(text)) throw refuse("it has a document type, which could define entities");
      last = text.slice(-OVERLAP);
      digest?.add(chunk);
    }
  } catch (error) {
    throw error instanceof SolvError ? refuse(error.message) : error;
  }
  if (record.openSize !== undefined && size !== record.openSize) {
    throw refuse(`it unpacks to ${size} bytes, and ${record.openSize} were announced`);
  }
  if (digest !== undefined && digest.hex() !== record.openChecksum?.hex) {
    throw refuse("it unpacks to something else than was announced");
  }
}

/** As libsolv reads it: a document in another encoding could hide what is looked for here. */
function beginsAsXml(chunk: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(chunk.subarray(0, 256)).replace(/^\xef\xbb\xbf/, "");
  const declaration = /^<\?xml[^?>]*/.exec(text)?.[0] ?? "";
  const encoding = /encoding\s*=\s*["']([^"']*)/.exec(declaration)?.[1] ?? "utf-8";
  return /^<[?!a-z]/.test(text) && !text.includes("\0") && encoding.toLowerCase() === "utf-8";
}
