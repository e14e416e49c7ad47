import type { Position } from "../core/error.ts";
import { normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { compareUtf8 } from "./_utf8.ts";
import type { MergeContext } from "./merge_context.ts";
import { type Entry, type EntryRules, listEntries, mergeEntries } from "./merge_entries.ts";
import type { Visit } from "./merge_visit.ts";
import type { MergedExport, Sourced } from "./merged.ts";
import type { Export, ExportMode } from "./schema.ts";

const RULES: EntryRules<Export> = {
  title: ({ mount }) => `export ${quote(mount)}`,
  agree: (first, second) =>
    first.mode === second.mode &&
    (first.path === undefined || second.path === undefined || first.path === second.path),
};

/** For the leaf alone. `PrivateRestricted` is not among them: descendants have always seen such exports. */
export const PRIVATE: readonly ExportMode[] = ["Private", "PrivateFile"];

/** Nothing is taken from anywhere: the `path` has no meaning, so its commands are not run either. */
const SOURCELESS: readonly ExportMode[] = ["Anonymous", "Tmpfs", "Procfs", "Devfs", "Mqueue", "Lock"];

/**
 * The exports by mount, so that what contains comes before what it contains. Mounts are the same when their normalised
 * paths are; `/data` and `/Data` are two (redpak 2.5 takes them for one, but `/a` and `/a/` for two).
 */
export function mergeExports(visits: readonly Visit[], context: MergeContext): readonly Sourced<MergedExport>[] {
  const entries = listEntries(visits, ["exports"], ({ file }) => file.config.exports)
    .filter(({ node, value }) => node === context.leaf || !PRIVATE.includes(value.mode));
  const mounts = new Map(entries.map((entry) => [entry, expandMount(entry, context)]));
  const merged = mergeEntries([...mounts].map(([entry, mount]) => [mount.identity, entry]), RULES, context);
  return [...merged.values()].map((entry): Sourced<MergedExport> => {
    const { value, ...source } = entry;
    const text = context.expands ? mounts.get(entry)?.destination ?? value.mount : value.mount;
    return { ...source, value: { ...value, mount: text, path: evaluatePath(entry, text, context) } };
  }).sort((a, b) => compareUtf8(a.value.mount, b.value.mount));
}

/**
 * An empty mount is refused: it would be the root, which no unset variable should ever ask for. A relative one, or one
 * with `..`, counts as what it would come to, and stays as it is for the plan to refuse.
 */
function expandMount(
  { value: { mount }, node, at }: Entry<Export>,
  context: MergeContext,
): { readonly identity: string; readonly destination: string } {
  const { text, pending } = context.expand(mount, at("mount"), node);
  if (text === "") refuseEmpty("mount", mount, at("mount"), context);
  // The text of a command that has not been run is no path yet.
  const identity = pending.length > 0 ? text : normalizePath(text);
  const isPlain = text.startsWith("/") && !text.split("/").includes("..");
  return { identity, destination: isPlain ? identity : text };
}

function evaluatePath(entry: Entry<Export>, mount: string, context: MergeContext): string {
  const { mode, path } = entry.value;
  if (path === undefined || (context.expands && SOURCELESS.includes(mode))) return mount;
  const where = entry.at("path");
  if (mode === "Execfd") {
    if (context.expands && !context.outputs.has(path)) context.pending.push({ command: path, use: "export", where });
    return path;
  }
  const { text } = context.expand(path, where, entry.node);
  if (text === "") refuseEmpty("path", path, where, context);
  return text;
}

function refuseEmpty(key: "mount" | "path", written: string, where: Position, context: MergeContext): void {
  context.problems.push({
    code: "E_EXPORT_EMPTY",
    message: `Cannot use ${quote(written)} as ${key} of an export: it is empty`,
    where,
    hints: written === "" ? [] : ["variables that are not set count as empty"],
  });
}
