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
const PRIVATE: readonly ExportMode[] = ["Private", "PrivateFile"];

/** Nothing is taken from anywhere: the `path` has no meaning, so its commands are not run either. */
const SOURCELESS: readonly ExportMode[] = ["Anonymous", "Tmpfs", "Procfs", "Devfs", "Mqueue", "Lock"];

/**
 * The exports by mount, so that what contains comes before what it contains. Mounts are the same when their normalised
 * paths are; `/data` and `/Data` are two (redpak 2.5 takes them for one, but `/a` and `/a/` for two).
 */
export function mergeExports(visits: readonly Visit[], context: MergeContext): readonly Sourced<MergedExport>[] {
  const entries = listEntries(visits, ["exports"], ({ file }) => file.config.exports)
    .filter(({ node, value }) => node === context.leaf || !PRIVATE.includes(value.mode));
  const merged = mergeEntries(entries.map((entry) => [identifyMount(entry, context), entry]), RULES, context);
  return [...merged].map(([mount, entry]): Sourced<MergedExport> => {
    const { node, part, where, value } = entry;
    const text = context.expands ? mount : value.mount;
    return { value: { ...value, mount: text, path: evaluatePath(entry, text, context) }, node, part, where };
  }).sort((a, b) => compareUtf8(a.value.mount, b.value.mount));
}

/** An empty mount is refused: it would be the root, which no unset variable should ever ask for. */
function identifyMount({ value: { mount }, node, at }: Entry<Export>, context: MergeContext): string {
  const { text, pending } = context.expand(mount, at("mount"), node);
  if (text === "") refuseEmpty("mount", mount, at("mount"), context);
  // The text of a command that has not been run is no path yet.
  return pending.length > 0 ? text : normalizePath(text);
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
