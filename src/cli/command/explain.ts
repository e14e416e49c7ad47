import { explainKey } from "../../config/explain_key.ts";
import { explainPath, type PathExplanation } from "../../config/explain_path.ts";
import { type Explanation, isSamePlace } from "../../config/explanation.ts";
import { mergeFamily } from "../../config/merge.ts";
import type { MergedConfig } from "../../config/merged.ts";
import type { Position } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { findLoosenings } from "../../proof/find_loosenings.ts";
import { loadFamily } from "../../store/load_family.ts";
import { explanationText } from "../../view/explanation.ts";
import { gatherFacts } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { loadHostPolicy } from "../load_host_policy.ts";
import { resolveNode } from "../resolve_node.ts";
import { usage } from "../split_words.ts";

/** `redpak explain`. */
export async function explain({ flags, operands, globals, environment }: Invocation<"explain">): Promise<Output> {
  const [name = "", subject] = operands;
  if (subject === undefined) {
    const { explainLauncher } = await import("../explain_launcher.ts");
    return explainLauncher(name);
  }
  const { admin } = flags;
  const family = await loadFamily(await resolveNode(name, globals.root), { admin });
  const facts = gatherFacts(environment);
  const merged = mergeFamily(family, { admin, facts });
  const question = { family, merged, facts, exists: (path: string) => typeOf(path) !== undefined };
  const explanation = subject.startsWith("/") ? onHost(explainPath(subject, question)) : explainKey(subject, question);
  if (!("subject" in explanation)) throw unknownKey(subject, explanation.meant);
  const policy = await loadHostPolicy(facts);
  const objections = [
    ...findLoosenings(family, { admin, facts, merged }),
    ...policy?.violations(family, merged, { facts }) ?? [],
  ];
  const places = placesOf(explanation, merged);
  const refused = objections.filter(({ where }) => where !== undefined && places.some((at) => isSamePlace(at, where)));
  return {
    kind: "Explanation",
    data: { node: merged.leaf.path, admin, ...explanation, refused },
    text: (style) => explanationText(explanation, refused, style),
    warnings: merged.warnings,
  };
}

/** With what is really there: an explanation of paths goes by names alone. */
function onHost(explanation: PathExplanation): PathExplanation & { readonly onHost: string | null } {
  const { source, value } = explanation;
  if (source === null) return { ...explanation, onHost: null };
  const found = typeOf(source) ?? "absent";
  return {
    ...explanation,
    onHost: found,
    value: `${value} (${found === "absent" ? "which is absent" : `a ${found}`})`,
  };
}

function typeOf(path: string): string | undefined {
  try {
    const { isDirectory, isFile, isSymlink } = Deno.lstatSync(path);
    return isDirectory ? "directory" : isFile ? "file" : isSymlink ? "link" : "special file";
  } catch {
    return undefined;
  }
}

/** Problems are reported at what counts: at a value, or at one of the keys of an entry. */
function placesOf({ statements }: Explanation, { exports, environ, capabilities }: MergedConfig): readonly Position[] {
  const entries = [
    ...exports.map(({ where, at }) => [where, at?.("mode"), at?.("mount"), at?.("path")]),
    ...environ.map(({ where, at }) => [where, at?.("mode"), at?.("key"), at?.("value")]),
    ...capabilities.map(({ where, at }) => [where, at?.("cap"), at?.("add")]),
  ].map((places) => places.filter((place) => place !== undefined));
  return statements.filter(({ counts }) => counts).flatMap(({ where }) =>
    entries.find(([place]) => place !== undefined && isSamePlace(place, where)) ?? [where]
  );
}

function unknownKey(key: string, meant: string | undefined): Error {
  return usage(
    `Cannot explain ${quote(key)}: it is no path, key, capability or variable`,
    ...meant === undefined ? [] : [`did you mean ${meant}?`],
    "a path begins with /; redpak show NODE --merged lists the rest",
  );
}
