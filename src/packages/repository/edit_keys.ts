import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { readRegularFile } from "../../store/read_file.ts";
import type { NodeFileChange } from "./change_node_file.ts";
import { KEY_DIRECTORY, type NodeKey, readKeyFile } from "./repository_keys.ts";

/** Keys that are to become some of a node, in one file. */
export interface NewKeys {
  readonly keys: readonly NodeKey[];
  readonly file: string;
  /** No change: the node has this very file. */
  readonly change: NodeFileChange | undefined;
}

/**
 * Decides the file for new keys in the key directory of a node.
 *
 * @param name what the file is to be called; anything that is no plain name becomes the first key's fingerprint
 * @throws {RedpakError} `E_KEY` where they are none; `E_KEY_EXISTS` where there is another file of the name
 */
export function planNewKeys(node: string, name: string, bytes: Uint8Array): NewKeys {
  const text = new TextDecoder().decode(bytes);
  const keys = readKeyFile(bytes, name, node);
  const plain = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(name) ? name : `${keys[0]!.fingerprint}.asc`;
  const file = `${node}/${KEY_DIRECTORY}/${plain}`;
  const existing = readRegularFile(file);
  if (existing === undefined) return { keys, file, change: { node, file, before: undefined, after: text } };
  if (new TextDecoder().decode(existing.bytes) === text) return { keys, file, change: undefined };
  throw new RedpakError({
    code: "E_KEY_EXISTS",
    message: `Cannot add keys from ${quote(name)}: "${file}" holds other ones`,
    hints: [`give the new file another name, or remove those: redpak keys remove ${node} ${plain}`],
  });
}

/**
 * Decides which file goes with a key.
 *
 * @param wanted a fingerprint, its end from eight digits on, or the name of a file
 * @throws {RedpakError} `E_KEY_NOT_FOUND`; `E_KEY_AMBIGUOUS` where it names more than one file, or its file has others too
 */
export function planKeyRemoval(node: string, wanted: string, keys: readonly NodeKey[]): NewKeys {
  const own = keys.filter((key) => key.node === node);
  const named = own.filter(({ file }) => file === `${node}/${KEY_DIRECTORY}/${wanted}`);
  const digits = wanted.toUpperCase().replace(/^0X/, "").replaceAll(" ", "");
  const meant = /^[0-9A-F]{8,}$/.test(digits) ? own.filter(({ fingerprint }) => fingerprint.endsWith(digits)) : [];
  const found = named.length > 0 ? named : meant;
  const files = [...new Set(found.map(({ file }) => file))];
  const [file, other] = files;
  if (file === undefined) throw notFound(node, wanted, keys);
  const all = own.filter((key) => key.file === file);
  if (other !== undefined || all.length > found.length) {
    throw new RedpakError({
      code: "E_KEY_AMBIGUOUS",
      exit: EXIT.usage,
      message: other === undefined
        ? `Cannot remove key ${quote(wanted)}: "${file}" holds ${all.length} keys`
        : `Cannot remove key ${quote(wanted)}: ${files.length} files have it`,
      hints: files.map((each) => `redpak keys remove ${node} ${each.slice(each.lastIndexOf("/") + 1)}`),
    });
  }
  const before = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readRegularFile(file)?.bytes);
  return { keys: all, file, change: { node, file, before, after: undefined } };
}

function notFound(node: string, wanted: string, keys: readonly NodeKey[]): RedpakError {
  const elsewhere = keys.find(({ fingerprint, file }) =>
    fingerprint.endsWith(wanted.toUpperCase()) || file.endsWith(`/${wanted}`)
  );
  return new RedpakError({
    code: "E_KEY_NOT_FOUND",
    exit: EXIT.notFound,
    message: `Cannot remove key ${quote(wanted)}: ${quote(node)} has no such key`,
    hints: elsewhere?.node === undefined
      ? [`redpak keys list ${node}`]
      : [`it is one of an ancestor: redpak keys remove ${elsewhere.node} ${wanted}`],
  });
}
