import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { keyId } from "./keys.ts";

/** What is signed, and by whom: Dead Simple Signing Envelope 1.0 (secure-systems-lab/dsse), with one Ed25519 signature. */
export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** @param key private, Ed25519 */
export async function seal(payload: string, payloadType: string, key: CryptoKey, keyId: string): Promise<Envelope> {
  const bytes = new TextEncoder().encode(payload);
  const signature = await crypto.subtle.sign("Ed25519", key, encoding(payloadType, bytes));
  const sig = new Uint8Array(signature).toBase64();
  return { payloadType, payload: bytes.toBase64(), signatures: [{ keyid: keyId, sig }] };
}

/**
 * The payload of an envelope that this key has signed, as `JSON.stringify` writes it, in one line.
 *
 * @param text of the file
 * @param payloadType that is expected
 * @param key public, Ed25519
 * @throws {RedpakError} `E_CERTIFICATE`
 */
export async function open(text: string, payloadType: string, key: CryptoKey): Promise<string> {
  const envelope = read(text);
  if (envelope.payloadType !== payloadType) throw refusal(`it holds ${envelope.payloadType}, not ${payloadType}`);
  const payload = decode(envelope.payload);
  const signed = encoding(payloadType, payload);
  const id = await keyId(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
  for (const { sig, keyid } of envelope.signatures) {
    if (keyid === id && await crypto.subtle.verify("Ed25519", key, decode(sig), signed)) {
      return new TextDecoder().decode(payload);
    }
  }
  throw refusal("none of its signatures is by this key");
}

/** What the signature is of: type and length go first, so that no payload can be taken for one of another type. */
function encoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = new TextEncoder().encode(payloadType);
  const head = new TextEncoder().encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

function read(text: string): Envelope {
  try {
    const value = JSON.parse(text);
    // Not a byte of it is without a meaning: what is not as it was written was changed by somebody.
    if (`${JSON.stringify(value)}\n` !== text) throw refusal("it is not in the form that it was written in");
    const { payloadType, payload, signatures } = value;
    const isText = (value: unknown) => typeof value === "string";
    if (isText(payloadType) && isText(payload) && Array.isArray(signatures)) {
      return { payloadType, payload, signatures: signatures.filter((one) => isText(one?.sig) && isText(one?.keyid)) };
    }
  } catch (error) {
    // What is no JSON is no envelope.
    if (error instanceof RedpakError) throw error;
  }
  throw refusal("it is no signed envelope (DSSE)");
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
  } catch {
    throw refusal("it is damaged");
  }
}

export function refusal(reason: string): RedpakError {
  return new RedpakError({
    code: "E_CERTIFICATE",
    exit: EXIT.failed,
    message: `Cannot trust the certificate: ${reason}`,
    hints: ["redpak certify makes one, of an image that is proven"],
  });
}
