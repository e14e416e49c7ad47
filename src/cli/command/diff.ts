import { diffDocuments, type Difference } from "../../config/diff_documents.ts";
import { mergeFamily } from "../../config/merge.ts";
import { toConfig } from "../../config/merged_document.ts";
import { formatPosition, type Position } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { loadFamily } from "../../store/load_family.ts";
import { readRegularFile, readStandardInput } from "../../store/read_file.ts";
import type { Style } from "../../view/style.ts";
import { gatherFacts } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";
import { type NamedState, parseState } from "../saved_state.ts";
import { usage } from "../split_words.ts";

/** `redpak diff`. Exits 1 when something differs. */
export async function diff(invocation: Invocation<"diff">): Promise<Output> {
  const [first = "", second = ""] = invocation.operands;
  if (first === "-" && second === "-") throw usage("Cannot compare standard input with itself");
  const before = await readState(first, invocation);
  const after = await readState(second, invocation);
  for (const flag of ["admin", "expanded"] as const) {
    if (before[flag] === after[flag]) continue;
    const [with_, without] = before[flag] ? [first, second] : [second, first];
    const name = flag === "admin" ? "--admin" : "--expand";
    throw usage(`Cannot compare ${quote(with_)} with ${quote(without)}: only the first is with ${name}`);
  }
  const differences = diffDocuments(before, after);
  return {
    kind: "ConfigDiff",
    data: { before: before.node, after: after.node, differences },
    text: (style) => differences.map((difference) => differenceLine(difference, style)).join("\n"),
    exit: differences.length === 0 ? EXIT.success : EXIT.failed,
  };
}

async function readState(name: string, { flags, globals, environment }: Invocation<"diff">): Promise<NamedState> {
  if (name === "-") return parseState(readStandardInput(), "standard input");
  const file = isFile(name) ? readRegularFile(name) : undefined;
  if (file !== undefined) return parseState(new TextDecoder().decode(file.bytes), name);
  const { admin, expand } = flags;
  const family = await loadFamily(await resolveNode(name, globals.root), { admin });
  const { document, origins } = toConfig(mergeFamily(family, { admin, facts: gatherFacts(environment), expand }));
  const places = (path: readonly (string | number)[]) => origins(path).map(({ where }) => where);
  return { node: family[0].path, admin, expanded: expand, document, places };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const MARKS = { added: "+", removed: "-", changed: "~" } as const;
const COLORS = { added: "green", removed: "red", changed: "yellow" } as const;

function differenceLine({ kind, section, name, before, after, beforeAt, afterAt }: Difference, style: Style): string {
  const value = [before, after].filter((text) => text !== null).map(escapeText).join(" -> ");
  const places = [beforeAt, afterAt].filter((at) => at.length > 0).map(placesText).join(" -> ");
  const line = style[COLORS[kind]](`${MARKS[kind]} ${section} ${escapeText(name)}: ${value}`);
  return places === "" ? line : `${line}  ${style.dim(`# ${places}`)}`;
}

function placesText(places: readonly Position[]): string {
  return places.map((where) => escapeText(formatPosition(where))).join(" ");
}
