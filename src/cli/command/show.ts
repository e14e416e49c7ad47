import { mergeFamily } from "../../config/merge.ts";
import { toConfig } from "../../config/merged_document.ts";
import type { Locate } from "../../config/node.ts";
import { formatPosition, type Position } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { loadFamily } from "../../store/load_family.ts";
import { type LoadedNode, loadNode } from "../../store/load_node.ts";
import { type Plain, yamlText } from "../../view/yaml.ts";
import { gatherFacts } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak show`. */
export async function show(invocation: Invocation<"show">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const path = await resolveNode(operands[0] ?? "", globals.root);
  return await (flags.merged || flags.expand ? showMerged(invocation, path) : showOwn(invocation, path));
}

async function showOwn({ flags }: Invocation<"show">, path: string): Promise<Output> {
  const node = await loadNode(path, { admin: flags.admin });
  const files = filesOf(node);
  return {
    kind: "Node",
    data: {
      path: node.path,
      files: files.map(({ part, file, content, locate }) => ({
        part,
        file,
        content,
        ...flags.origin ? { origins: originsOf(content, (at) => [locate(at)]) } : {},
      })),
    },
    text: (style) =>
      files.map(({ file, content, locate }) => {
        const comment = flags.origin ? (at: readonly PropertyKey[]) => place(locate(at)) : undefined;
        return `${style.dim(`# ${escapeText(file)}`)}\n${yamlText(content, comment)}`;
      }).join("\n\n"),
  };
}

async function showMerged({ flags, environment }: Invocation<"show">, path: string): Promise<Output> {
  const family = await loadFamily(path, { admin: flags.admin });
  const merged = mergeFamily(family, {
    admin: flags.admin,
    facts: gatherFacts(environment),
    expand: flags.expand,
  });
  const { document, origins } = toConfig(merged);
  return {
    kind: "MergedConfig",
    data: {
      node: merged.leaf.path,
      admin: merged.admin,
      expanded: flags.expand,
      config: document,
      ...flags.origin ? { origins: originsOf(document, (at) => origins(at).map(({ where }) => where)) } : {},
      pending: merged.pending,
    },
    text: () =>
      yamlText(
        document,
        flags.origin ? (at) => origins(at).map(({ where }) => place(where)).join(" ") : undefined,
      ),
    warnings: merged.warnings,
  };
}

function filesOf(node: LoadedNode): { part: string; file: string; content: Plain; locate: Locate }[] {
  return [
    { part: "status", file: node.status.file, content: toPlain(node.status.status), locate: node.status.locate },
    ...[node.normal, node.admin].flatMap((config) =>
      config === undefined
        ? []
        : [{ part: config.part, file: config.file, content: toPlain(config.config), locate: config.locate }]
    ),
  ];
}

/** What was read as a file would state it: a namespace to join is its path, and `add` of a capability 0 or 1. */
function toPlain(value: unknown, key = ""): Plain {
  if (Array.isArray(value)) return value.map((item) => toPlain(item));
  if (typeof value === "object" && value !== null) {
    if ("join" in value && typeof value.join === "string") return value.join;
    return Object.fromEntries(
      Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, toPlain(item, key)]),
    );
  }
  if (key === "add") return value ? 1 : 0;
  return value as string | number | boolean;
}

/** Every scalar's places, by its path in dots: `exports.0.mount`. */
function originsOf(
  value: Plain,
  locate: (path: readonly PropertyKey[]) => readonly Position[],
  path: readonly PropertyKey[] = [],
): Record<string, readonly Position[]> {
  if (typeof value !== "object") return { [path.map(String).join(".")]: locate(path) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, item]) =>
      originsOf(item, locate, [...path, Array.isArray(value) ? Number(key) : key])
    ),
  );
}

function place(where: Position): string {
  return escapeText(formatPosition(where));
}
