/** Algorithms of digests by their numbers in OpenPGP, RFC 9580 section 9.5. */
export const DIGESTS: Readonly<Record<number, string>> = {
  1: "md5",
  2: "sha1",
  8: "sha256",
  9: "sha384",
  10: "sha512",
  11: "sha224",
};
