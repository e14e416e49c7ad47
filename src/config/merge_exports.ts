import type { Position } from "../core/error.ts";
import { normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { foldAscii } from "./_ascii.ts";
import { compareUtf8 } from "./_utf8.ts";
import type { MergeContext } from "./merge_context.ts";
import { type Entry, type EntryRules, listEntries, mergeEntries } from "./merge_entries.ts";
import type { Visit } from "./merge_visit.ts";
import type { Expanded, MergedExport, Sourced } from "./merged.ts";
import type { Export, ExportMode } from "./schema.ts";

const RULES: EntryRules<Export> = {
  title: ({ mount }) => `export ${quote(mount)}`,
  agree: (first, second) =>
    first.mode === second.mode && first.size === second.size && first.exec === second.exec &&
    first.nosymfollow === second.nosymfollow &&
    (first.path === undefined || second.path === undefined || first.path === second.path),
};

/** For the leaf alone. `PrivateRestricted` is not among them: descendants have always seen such exports. */
export const PRIVATE: readonly ExportMode[] = ["Private", "PrivateFile"];

/** Nothing is taken from anywhere: the `path` has no meaning, so its commands are not run either. */
const SOURCELESS: readonly ExportMode[] = ["Anonymous", "Tmpfs", "Procfs", "Devfs", "Mqueue", "Lock"];

/**
 * The exports by mount, so that what contains comes before what it contains. Mounts are the same when their normalised
 * paths are; `/data` and `/Data` are two. For redpak 2.5 they are one, but `/a` and `/a/` two.
 */
export function mergeExports(visits: readonly Visit[], context: MergeContext): readonly Sourced<MergedExport>[] {
  const entries = listEntries(visits, ["exports"], ({ file }) => file.config.exports)
    .filter(({ node, value }) => node === context.leaf || !PRIVATE.includes(value.mode));
  const expandMount = context.compat ? originalMounts(context) : (entry: Entry<Export>) => plainMount(entry, context);
  const mounts = new Map(entries.map((entry) => [entry, expandMount(entry)]));
  const merged = mergeEntries([...mounts].map(([entry, mount]) => [mount.identity, entry]), RULES, context);
  return [...merged].map(([identity, entry]) => {
    const { value, ...source } = entry;
    const mount = context.expands ? mounts.get(entry)?.destination ?? value.mount : value.mount;
    const path = evaluatePath(entry, mount, context);
    return { ...source, order: context.compat ? identity : mount, value: { ...value, mount, path } };
  }).sort((a, b) => compareUtf8(a.order, b.order)).map(({ order: _, ...sourced }): Sourced<MergedExport> => sourced);
}

interface Mount {
  readonly identity: string;
  readonly destination: string;
}

/**
 * An empty mount is refused: it would be the root, which no unset variable should ever ask for. A relative one, or one
 * with `..`, counts as what it would come to, and stays as it is for the plan to refuse.
 */
function plainMount(entry: Entry<Export>, context: MergeContext): Mount {
  const { text, pending } = expandMountText(entry, context);
  // The text of a command that has not been run is no path yet.
  const identity = pending.length > 0 ? text : normalizePath(text);
  const isPlain = text.startsWith("/") && !text.split("/").includes("..");
  return { identity, destination: isPlain ? identity : text };
}

/** The first text that a mount is met by stands for it: its place in the order is that one's, whichever entry wins. */
function originalMounts(context: MergeContext): (entry: Entry<Export>) => Mount {
  const first = new Map<string, string>();
  return (entry) => {
    const { text } = expandMountText(entry, context);
    const folded = foldAscii(text);
    if (!first.has(folded)) first.set(folded, text);
    return { identity: first.get(folded) ?? text, destination: text };
  };
}

function expandMountText({ value: { mount }, node, at }: Entry<Export>, context: MergeContext): Expanded {
  const expanded = context.expand(mount, at("mount"), node);
  if (expanded.text === "") refuseEmpty("mount", mount, at("mount"), context);
  return expanded;
}

function evaluatePath(entry: Entry<Export>, mount: string, context: MergeContext): string {
  const { mode, path } = entry.value;
  if (mode === "Execfd") return command(entry, context);
  if (path === undefined || (context.expands && SOURCELESS.includes(mode))) return mount;
  const where = entry.at("path");
  const { text } = context.expand(path, where, entry.node);
  if (text === "") refuseEmpty("path", path, where, context);
  return text;
}

/** Raw: the shell alone replaces its variables. */
function command({ value: { mount, path = mount }, at }: Entry<Export>, context: MergeContext): string {
  if (context.expands && !context.outputs.has(path)) {
    context.pending.push({ command: path, use: "export", where: at("path") });
  }
  return path;
}

function refuseEmpty(key: "mount" | "path", written: string, where: Position, context: MergeContext): void {
  context.problems.push({
    code: "E_EXPORT_EMPTY",
    message: `Cannot use ${quote(written)} as ${key} of an export: it is empty`,
    where,
    hints: written === "" ? [] : ["variables that are not set count as empty"],
  });
}
