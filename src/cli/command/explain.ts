import { explainKey } from "../../config/explain_key.ts";
import { explainPath, type PathExplanation, type PathQuestion } from "../../config/explain_path.ts";
import { type Explanation, isSamePlace } from "../../config/explanation.ts";
import { mergeFamily } from "../../config/merge.ts";
import type { MergedConfig } from "../../config/merged.ts";
import type { Family } from "../../config/node.ts";
import { type Position, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { quote } from "../../core/quote.ts";
import { buildPlan } from "../../plan/build.ts";
import { coverOf } from "../../plan/cover_of.ts";
import type { Plan } from "../../plan/plan.ts";
import { findLoosenings } from "../../proof/find_loosenings.ts";
import { loadFamily } from "../../store/load_family.ts";
import { explanationText } from "../../view/explanation.ts";
import { gatherFacts } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { loadHostPolicy } from "../load_host_policy.ts";
import { mayBePackage } from "../may_be_package.ts";
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
  const meaning = await meaningOf(subject, question);
  if ("packages" in meaning) return await meaning.packages();
  const { explanation, others } = meaning;
  const policy = await loadHostPolicy(facts);
  const objections = [
    ...findLoosenings(family, { admin, facts, merged }),
    ...policy?.violations(family, merged, { facts }) ?? [],
  ];
  const places = placesOf(explanation, merged);
  const refused = objections.filter(({ where }) => where !== undefined && places.some((at) => isSamePlace(at, where)));
  return {
    kind: "Explanation",
    data: { node: merged.leaf.path, admin, ...explanation, refused, others },
    text: (style) =>
      [
        explanationText(explanation, refused, style),
        ...others.map((other) => `also: redpak explain ${escapeText(name)} ${escapeText(other)}`),
      ].join("\n"),
    warnings: merged.warnings,
  };
}

type Meaning =
  | { readonly explanation: Explanation; /** Words for what it means as well. */ readonly others: readonly string[] }
  | { readonly packages: () => Promise<Output> };

/**
 * What a word means, the first of: a path, which begins with `/`; a key of the configuration, a device or a capability; a
 * variable that some file sets; a system call; a package of the node or an ancestor; any other variable. With `config.`,
 * `environ.`, `syscall.` or `package.` before it, a word means only that.
 */
async function meaningOf(word: string, question: PathQuestion): Promise<Meaning> {
  if (word.startsWith("/")) return { explanation: covered(onHost(explainPath(word, question)), question), others: [] };
  const [, kind, name] = /^(syscall|package)\.(.+)$/s.exec(word) ?? [];
  if (kind === "package") return { packages: () => explainPackages(name!, question) };
  const { explainCall, isSystemCall } = await import("../../plan/seccomp/explain_call.ts");
  const call = (name: string): Explanation => {
    const { merged, facts } = question;
    return explainCall(name, question, buildPlan(merged, { arguments: [], facts }), facts.architecture);
  };
  if (kind === "syscall") {
    if (isSystemCall(name!)) return { explanation: call(name!), others: [] };
    throw usage(`Cannot explain ${quote(word)}: it is no system call that is known`);
  }
  const found = explainKey(word, question);
  const isKnown = "subject" in found && (!found.subject.startsWith("environ.") || found.statements.length > 0);
  if (isKnown) return { explanation: found, others: isSystemCall(word) ? [`syscall.${word}`] : [] };
  if (isSystemCall(word)) return { explanation: call(word), others: [] };
  if (mayBePackage(word) && await isPackage(word, question.family)) {
    return { packages: () => explainPackages(word, question) };
  }
  if (!("subject" in found)) throw unknownKey(word, found.meant);
  return { explanation: found, others: [] };
}

async function isPackage(word: string, family: Family): Promise<boolean> {
  const { holdersOf, packagesOf } = await import("../../packages/database/holders.ts");
  const { packageMatcher } = await import("../../packages/database/match_pattern.ts");
  const isMeant = packageMatcher([word]);
  const { packagePlaces } = await import("../package_places.ts");
  return holdersOf(packagePlaces(family)).some((holder) => packagesOf(holder).some(isMeant));
}

async function explainPackages(word: string, { family }: PathQuestion): Promise<Output> {
  const { packageExplanation } = await import("../package_explanation.ts");
  return await packageExplanation(word, family);
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

/** With what the plan puts over parts of /proc and other file systems, if such a node can be launched at all. */
function covered(explanation: PathExplanation, question: PathQuestion): PathExplanation {
  const plan = planOf(question);
  const cover = plan === undefined ? undefined : coverOf(explanation.subject, plan);
  if (cover === undefined) return explanation;
  const what = cover === "masked" ? "masked: there is nothing to be read" : "read-only there";
  return { ...explanation, access: "read-only", value: `${explanation.value}, ${what}` };
}

function planOf({ merged, facts }: PathQuestion): Plan | undefined {
  try {
    return buildPlan(merged, { arguments: [], facts });
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return undefined;
  }
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
    `Cannot explain ${quote(key)}: it is no path, key, capability, variable, system call or package`,
    ...meant === undefined ? [] : [`did you mean ${meant}?`],
    "a path begins with /; redpak show NODE --merged lists the rest",
  );
}
