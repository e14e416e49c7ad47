import { invalidity } from "../../ffi/librpm/openpgp.ts";
import { RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { resolvePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { type NewKeys, planNewKeys } from "../packages/repository/edit_keys.ts";
import { fetchKey } from "../packages/repository/fetch_key.ts";
import type { NodeKey } from "../packages/repository/repository_keys.ts";
import { confirm } from "./confirm.ts";
import type { Globals } from "./globals.ts";
import { usage } from "./split_words.ts";
import { writeMessage } from "./write.ts";

/** A key as people compare it. */
export function describeKey({ fingerprint, userId }: Pick<NodeKey, "fingerprint" | "userId">): string {
  return `${fingerprint.replace(/.{4}(?=.)/g, "$& ")}  ${escapeText(userId)}`;
}

/** The name of what a path or URL leads to. */
export function keyFileName(source: string): string {
  return decodeURI(source.replace(/[?#].*$/s, "")).split("/").at(-1) ?? "";
}

/** A path is one of the working directory. */
export function keySource(source: string): string {
  return /^[A-Za-z]+:/.test(source) ? source : resolvePath(Deno.cwd(), source);
}

/**
 * Gets keys for a node, and lets somebody decide whether they are to be believed: by their fingerprint, given before or
 * shown now.
 *
 * @param fingerprint that of the only key, where it is known from elsewhere
 * @returns `undefined` where the answer is no
 * @throws {RedpakError} `E_KEY_FINGERPRINT` where it is another one; `E_KEY_UNVERIFIED` where nobody could know whose it is;
 * as `fetchKey` and `planNewKeys`
 */
export async function acceptKeys(
  node: string,
  source: string,
  fingerprint: string | undefined,
  { yes }: Globals,
): Promise<NewKeys | undefined> {
  const address = keySource(source);
  const expected = fingerprint?.toUpperCase().replace(/^0X|\s/g, "");
  if (expected !== undefined && !/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(expected)) {
    throw usage(`Cannot use --fingerprint ${quote(fingerprint!)}: expected all 40 digits of it`);
  }
  if (expected === undefined && /^http:/i.test(address)) {
    throw new RedpakError({
      code: "E_KEY_UNVERIFIED",
      message: `Cannot take a key from "${address}": anybody on the way could send another one`,
      hints: ["use https, or --fingerprint with what its owner says it is"],
    });
  }
  const added = planNewKeys(node, keyFileName(address), await fetchKey(address, new AbortController().signal));
  for (const key of added.keys) {
    const reason = invalidity(key, Date.now() / 1000);
    if (reason !== undefined) {
      throw new RedpakError({
        code: "E_KEY",
        message: `Cannot add key ${key.fingerprint}: it is one that ${reason}`,
      });
    }
  }
  if (expected === undefined) return ask(node, added, yes) ? added : undefined;
  const other = added.keys.find((key) => key.fingerprint !== expected);
  if (other === undefined) return added;
  throw new RedpakError({
    code: "E_KEY_FINGERPRINT",
    message: `Cannot add the key from "${address}": its fingerprint is ${other.fingerprint}`,
    hints: ["it is not the key that was asked for: do not use it"],
  });
}

function ask(node: string, { keys, change }: NewKeys, yes: boolean): boolean {
  if (change === undefined || yes) return true;
  writeMessage(keys.map((key) => `${describeKey(key)}\n`).join(""));
  const what = keys.length === 1 ? "this key" : `these ${keys.length} keys`;
  return confirm(
    `Believe what is signed with ${what}, in ${escapeText(node)} and the nodes inside it?`,
    "--fingerprint says which key it has to be; --yes believes any",
  );
}
