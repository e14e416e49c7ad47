/** SHA-256, hexadecimal in lower case. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // No memory that is shared with other threads, of which there are none; a copy of a large file costs as much again.
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)).toHex();
}
