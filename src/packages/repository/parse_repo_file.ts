import { didYouMean } from "../../core/did_you_mean.ts";
import { formatPosition, type Position, type Problem } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { IGNORED_KEYS, REPO_KEY_ALIASES, REPO_KEYS, type RepoKey } from "./repo_keys.ts";
import { readRepoText, type RepoSection } from "./repo_text.ts";
import { readValue, type RepoValues } from "./repo_values.ts";
import type { Variables } from "./variables.ts";

/** A repository as one file defines it. */
export interface RepoDefinition {
  readonly id: string;
  readonly where: Position;
  readonly values: RepoValues;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
}

export interface RepoFile {
  readonly definitions: readonly RepoDefinition[];
  /** What is wrong with the file, and belongs to no repository. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The letters that dnf allows: identifiers become names of files. */
const ID = /^[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,99}$/;

/**
 * Reads a `.repo` file. Pure; everything that is wrong comes with its place, and hides nothing else.
 *
 * @param file how positions name the file
 */
export function parseRepoFile(bytes: Uint8Array, file: string, variables: Variables): RepoFile {
  const { sections, problems } = readRepoText(bytes, file);
  const warnings: Problem[] = [];
  const seen = new Map<string, Position>();
  const definitions = sections.flatMap((section) => {
    if (section.id === "main") {
      const message = `The section [main] of "${file}" has no effect: the settings of dnf are not those of redpak`;
      warnings.push({ code: "W_REPO_MAIN", message, where: section.where });
      return [];
    }
    const definition = define(section, variables, warnings);
    const before = seen.get(section.id);
    seen.set(section.id, section.where);
    return before === undefined ? [definition] : [{
      ...definition,
      problems: [twice(`repository ${quote(section.id)}`, section.where, before), ...definition.problems],
    }];
  });
  return { definitions, problems, warnings };
}

/** Whether a text can be the identifier of a repository. */
export function isRepositoryId(text: string): boolean {
  return ID.test(text) && text !== "main";
}

function define(section: RepoSection, variables: Variables, warnings: Problem[]): RepoDefinition {
  const { id, where } = section;
  const problems: Problem[] = [];
  if (!isRepositoryId(id)) {
    problems.push({
      code: "E_REPO_ID",
      message: `Cannot use ${quote(id)} as a repository: expected letters, digits and "._:-", at most 100`,
      where,
    });
  }
  const values: Partial<Record<RepoKey, unknown>> = {};
  const seen = new Map<RepoKey, Position>();
  for (const entry of section.entries) {
    const key = keyOf(entry.key);
    if (key === undefined) {
      warnings.push(ignored(entry.key, entry.where));
      continue;
    }
    const before = seen.get(key);
    if (before !== undefined) problems.push(twice(quote(key), entry.where, before));
    seen.set(key, entry.where);
    const value = readValue(key, entry, variables, problems);
    if (value !== undefined) values[key] = value;
  }
  problems.push(...findRefused(values as RepoValues));
  // `enabled=0` alone is how a node does without a repository of an ancestor.
  const enabled = (values as RepoValues).enabled?.value ?? true;
  if (enabled && !ADDRESS_KEYS.some((key) => seen.has(key))) {
    problems.push({
      code: "E_REPO_NO_ADDRESS",
      message: `Cannot use repository ${quote(id)}: nothing says where it is`,
      where,
      hints: ["baseurl=ADDRESS, mirrorlist=ADDRESS or metalink=ADDRESS does"],
    });
  }
  return { id, where, values: values as RepoValues, problems };
}

const ADDRESS_KEYS = ["baseurl", "mirrorlist", "metalink"] as const satisfies readonly RepoKey[];

function keyOf(name: string): RepoKey | undefined {
  if (Object.hasOwn(REPO_KEYS, name)) return name as RepoKey;
  return Object.hasOwn(REPO_KEY_ALIASES, name) ? REPO_KEY_ALIASES[name] : undefined;
}

function ignored(key: string, where: Position): Problem {
  if (Object.hasOwn(IGNORED_KEYS, key)) {
    return { code: "W_REPO_KEY_IGNORED", message: `${quote(key)} has no effect: ${IGNORED_KEYS[key]}`, where };
  }
  const meant = didYouMean(key, [...Object.keys(REPO_KEYS), ...Object.keys(REPO_KEY_ALIASES)]);
  return {
    code: "W_REPO_KEY_UNKNOWN",
    message: `${quote(key)} has no effect: there is no such key`,
    where,
    hints: meant === undefined ? [] : [`did you mean ${meant}?`],
  };
}

function twice(what: string, where: Position, before: Position): Problem {
  return {
    code: "E_REPO_TWICE",
    message: `Cannot define ${what} twice: it is defined by ${formatPosition(before)} already`,
    where,
    limit: before,
  };
}

/** What is understood, and not done. */
function findRefused(values: RepoValues): Problem[] {
  const problems: Problem[] = [];
  if (values.sslverify?.value === false) {
    problems.push({
      code: "E_REPO_SSLVERIFY",
      message: "Cannot turn sslverify off: anybody between here and the server could send what they like",
      where: values.sslverify.where,
      hints: ["sslcacert=FILE names the authority of a server with a certificate of its own"],
    });
  }
  for (const key of ["cost", "retries", "minrate"] as const) {
    const number = values[key];
    if (number === undefined || number.value >= 0) continue;
    problems.push({ code: "E_REPO_VALUE", message: `Cannot use "${key}": it is below 0`, where: number.where });
  }
  return problems;
}
