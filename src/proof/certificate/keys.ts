import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";

/** A key to sign with. */
export interface SigningKey {
  readonly key: CryptoKey;
  /** SHA-256 of the public key, hexadecimal. */
  readonly id: string;
}

/**
 * Reads a private Ed25519 key as `openssl genpkey -algorithm ed25519` writes it: PEM, PKCS #8 (RFC 8410).
 *
 * @throws {RedpakError} `E_KEY`
 */
export async function readSigningKey(pem: string, file: string): Promise<SigningKey> {
  const der = fromPem(pem, "PRIVATE KEY", file);
  return await attempt(file, async () => {
    const key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", key);
    const point = Uint8Array.fromBase64(x ?? "", { alphabet: "base64url" });
    return { key, id: await keyId(point) };
  });
}

/** Reads a public key: PEM, `openssl pkey -pubout`. @throws {RedpakError} `E_KEY` */
export async function readVerifyingKey(pem: string, file: string): Promise<CryptoKey> {
  const der = fromPem(pem, "PUBLIC KEY", file);
  return await attempt(file, () => crypto.subtle.importKey("spki", der, "Ed25519", true, ["verify"]));
}

/** SHA-256 of a public key, hexadecimal. @param point its 32 bytes */
export async function keyId(point: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", point)).toHex();
}

function fromPem(pem: string, kind: string, file: string): Uint8Array<ArrayBuffer> {
  const body = new RegExp(`-----BEGIN ${kind}-----([A-Za-z0-9+/=\\s]+)-----END ${kind}-----`).exec(pem)?.[1];
  if (body === undefined) throw refuse(file, `it has no "${kind}" in PEM`);
  try {
    return Uint8Array.fromBase64(body);
  } catch {
    throw refuse(file, "it is damaged");
  }
}

async function attempt<T>(file: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch {
    throw refuse(file, "it is no Ed25519 key");
  }
}

function refuse(file: string, reason: string): RedpakError {
  return new RedpakError({
    code: "E_KEY",
    exit: EXIT.failed,
    message: `Cannot use the key "${file}": ${reason}`,
    hints: ["openssl genpkey -algorithm ed25519 -out KEY; openssl pkey -in KEY -pubout -out KEY.pub"],
  });
}
