import { checksum } from "../core/checksum.ts";

/** The text of a record with the checksums of its lines, as somebody would have written it on purpose. */
export function summedRecord(text: string): string {
  return text.replaceAll(/^(.* )[0-9a-f]{8}$/gm, (_, body: string) => {
    return body + checksum(new TextEncoder().encode(body)).toString(16).padStart(8, "0");
  });
}
