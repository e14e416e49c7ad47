import { libc } from "../../../ffi/libc/libc.ts";
import { escapeText } from "../../core/escape.ts";
import { openContent } from "../../packages/generation/node_content.ts";
import { readHistory } from "../../packages/generation/history.ts";
import type { ScriptRecord } from "../../packages/generation/record.ts";
import { nodeDirectory } from "../../store/node_path.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak history`. */
export async function history({ operands, globals }: Invocation<"history">): Promise<Output> {
  const path = nodeDirectory(await resolveNode(operands[0] ?? "", globals.root));
  using content = openContent(libc(), path);
  const transactions = readHistory(content).map(({ record, state, isKept }) => ({
    number: record.sequence,
    id: record.id,
    time: record.time,
    state,
    isKept,
    command: record.command,
    packages: record.packages,
    scripts: record.scripts ?? [],
  }));
  return {
    kind: "History",
    data: { node: path, transactions },
    text: (style) => {
      if (transactions.length === 0) return "no transactions";
      const [head = "", ...lines] = tableLines([
        ["NUMBER", "TIME", "STATE", "KEPT", "COMMAND"],
        ...transactions.map(({ number, time, state, isKept, command }) => [
          String(number),
          time,
          state,
          isKept ? "yes" : "no",
          escapeText(command.join(" ")),
        ]),
      ]);
      const scripts = transactions.map((transaction) => transaction.scripts.map(scriptLine));
      return [style.bold(head), ...lines.flatMap((line, at) => [line, ...scripts[at]!])].join("\n");
    },
  };
}

/** What has become of a script, and the last that it said. */
function scriptLine({ package: name, kind, status, output }: ScriptRecord): string {
  const last = output.trimEnd().split("\n").at(-1)!;
  return `  ${escapeText([`${kind} of ${name}`, status, ...last === "" ? [] : [last]].join(": "))}`;
}
