import { quote } from "../core/quote.ts";
import { foldAscii } from "./_ascii.ts";
import type { MergeContext } from "./merge_context.ts";
import { type Entry, type EntryRules, listEntries, mergeEntries } from "./merge_entries.ts";
import type { Visit } from "./merge_visit.ts";
import type { MergedEnviron, Sourced } from "./merged.ts";
import { type Environ, VALUE_NEEDED } from "./schema.ts";

const RULES: EntryRules<Environ> = {
  title: ({ key }) => `variable ${quote(key)}`,
  agree: (first, second) =>
    first.mode === second.mode &&
    (first.value === undefined || second.value === undefined || first.value === second.value),
};

/**
 * The variables, those of the root of the family first. `http_proxy` and `HTTP_PROXY` are two variables, as for every
 * program; redpak 2.5 takes them for one.
 */
export function mergeEnviron(visits: readonly Visit[], context: MergeContext): readonly Sourced<MergedEnviron>[] {
  const entries = listEntries(visits, ["environ"], ({ file }) => file.config.environ);
  const identify = (key: string) => context.compat ? foldAscii(key) : key;
  const merged = mergeEntries(entries.map((entry) => [identify(entry.value.key), entry]), RULES, context);
  return [...merged.values()].reverse().map((entry) => {
    const { value: { value: _, ...rest }, node, part, where, at } = entry;
    const value = evaluate(entry, context);
    return { value: value === undefined ? rest : { ...rest, value }, node, part, where, at };
  });
}

function evaluate(entry: Entry<Environ>, context: MergeContext): string | undefined {
  const { mode, key, value } = entry.value;
  if (!context.expands && (context.compat || value === undefined)) return value;
  if (value === undefined && VALUE_NEEDED.includes(mode)) return missing(entry, context);
  switch (mode) {
    case "Remove":
      return undefined;
    case "Static":
      return value;
    case "Inherit":
      if (!context.expands) return undefined;
      return Object.hasOwn(context.facts.env, key) ? context.facts.env[key] ?? "" : "";
    case "Default":
      return context.expand(value ?? "", entry.at("value"), entry.node).text;
    case "Execfd":
      return context.expands ? output(value ?? "", entry, context) : value;
  }
}

/** Only files that are read as redpak 2.5 does can lack it; there it was a crash, or memory of somebody else's. */
function missing({ value: { mode, key }, where }: Entry<Environ>, context: MergeContext): string {
  context.warnings.push({
    code: "W_VALUE_MISSING",
    message: `variable ${quote(key)} of mode ${mode} has no value; it is empty`,
    where,
  });
  return "";
}

/**
 * The command is raw: the shell alone replaces its variables. Final newlines are stripped as shells do, for nobody
 * wants a variable that ends in one; redpak 2.5 keeps them, and so does `$(…)` in other values.
 */
function output(command: string, entry: Entry<Environ>, context: MergeContext): string {
  const known = context.outputs.get(command);
  if (known !== undefined) return context.compat ? known : known.replace(/\n+$/, "");
  const use = context.compat ? "substitution" : "environ";
  context.pending.push({ command, use, where: entry.at("value") });
  return `$(${command})`;
}
