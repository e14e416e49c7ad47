import { escapeText } from "../../core/escape.ts";
import { changeNodeFiles } from "../../packages/repository/change_node_file.ts";
import { KEY_DIRECTORY } from "../../packages/repository/repository_keys.ts";
import { acceptKeys, describeKey, keyFileName, keySource } from "../accept_keys.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeKeys } from "../node_keys.ts";

/** `redpak keys add`. */
export async function keysAdd(invocation: Invocation<"keys add">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const { node, facts } = await nodeKeys(invocation);
  const source = operands[1] ?? "";
  if (flags["dry-run"]) {
    const file = `${node}/${KEY_DIRECTORY}/${keyFileName(keySource(source))}`;
    return change(node, file, { dryRun: true, changed: true }, [], `would write ${escapeText(file)}`);
  }
  const added = await acceptKeys(node, source, flags.fingerprint, globals);
  if (added?.change !== undefined) changeNodeFiles(node, [added.change], facts.uid);
  const changed = added?.change !== undefined;
  const keys = added?.keys ?? [];
  const lines = added === undefined ? ["no key was added"] : keys.map((key) => {
    return `${changed ? "added" : "is there already:"} ${describeKey(key)}`;
  });
  return change(node, added?.file ?? null, { dryRun: false, changed }, keys, lines.join("\n"));
}

function change(
  node: string,
  file: string | null,
  flags: { readonly dryRun: boolean; readonly changed: boolean },
  keys: readonly { readonly fingerprint: string }[],
  text: string,
): Output {
  const fingerprints = keys.map(({ fingerprint }) => fingerprint);
  return { kind: "Change", data: { action: "keys add", node, ...flags, file, fingerprints }, text: () => text };
}
