/** What a file's content must be. */
export interface Checksum {
  readonly algorithm: "sha256" | "sha512";
  /** In lower case. */
  readonly hex: string;
}

const LENGTHS = { sha256: 64, sha512: 128 } as const;

/**
 * Reads a checksum of a repository.
 *
 * @returns why it does not count; MD5 and SHA-1 do not: files can be made that have the same
 */
export function readChecksum(algorithm: string, text: string): Checksum | string {
  const name = algorithm.toLowerCase();
  if (name !== "sha256" && name !== "sha512") {
    return `its checksum is of the type "${name}": only sha256 and sha512 count`;
  }
  const hex = text.toLowerCase();
  if (!/^[0-9a-f]+$/.test(hex) || hex.length !== LENGTHS[name]) return `its checksum is no ${name}`;
  return { algorithm: name, hex };
}
