import type * as z from "zod/mini";
import { didYouMean } from "../core/did_you_mean.ts";
import type { Fix, KeyPath } from "../core/fix.ts";
import { quote } from "../core/quote.ts";
import { formatPath } from "./keys.ts";
import type { Findings } from "./parse_findings.ts";
import { unnamedOption } from "./schema.ts";

const KINDS: Readonly<Record<string, string>> = { object: "a mapping", array: "a list", string: "a text" };

/**
 * Records an objection of the schema.
 *
 * @param root the plain data that the schema was applied to
 * @param at offset of the value, or of what should hold it where it is missing
 */
export function addIssue(issue: z.core.$ZodIssue, root: unknown, findings: Findings, at: number): void {
  const path = formatPath(issue.path) || findings.file;
  const value = valueAt(root, issue.path);
  if (value === undefined) {
    const holder = formatPath(issue.path.slice(0, -1)) || findings.file;
    findings.add("E_KEY_MISSING", at, holder, `key ${quote(String(issue.path.at(-1)))} is missing`);
    return;
  }
  switch (issue.code) {
    case "invalid_type":
      findings.add(
        "E_VALUE_TYPE",
        at,
        path,
        `expected ${KINDS[issue.expected] ?? issue.expected}, got ${kindOf(value)}`,
      );
      return;
    case "invalid_value": {
      if (typeof value !== "string") {
        findings.add("E_VALUE_TYPE", at, path, `expected a text, got ${kindOf(value)}`);
      } else {
        const names = issue.values.map(String);
        const instead = names.includes("Unset") ? optionOf(value) : undefined;
        const hints = [...guess(value, names), `allowed values: ${names.join(", ")}`, ...meaning(instead)];
        const fix = setTo(instead, issue, findings);
        findings.add("E_VALUE_ENUM", at, path, `unknown value ${quote(value)}`, hints, fix);
      }
      return;
    }
    case "too_big":
      findings.add("E_YAML_LIMIT", at, path, `more than ${issue.maximum} entries`);
      return;
    case "custom":
      if (issue.params?.missing !== undefined) {
        findings.add("E_KEY_MISSING", at, path, issue.message);
        return;
      }
  }
  const got = typeof value === "string" && issue.message.startsWith("expected ") ? `, got ${quote(value)}` : "";
  const words: readonly string[] = issue.code === "custom" ? issue.params?.words ?? [] : [];
  const instead: string | undefined = issue.code === "custom" ? issue.params?.instead : undefined;
  const guesses = typeof value === "string" ? guess(value, words) : [];
  // A misspelt "false" was "true" to redpak 2.5: which of the two counts is nothing to guess.
  const fix = guesses.length === 0 ? setTo(instead, issue, findings) : undefined;
  findings.add("E_VALUE_FORMAT", at, path, issue.message + got, [...guesses, ...meaning(instead)], fix);
}

/** redpak 2.5 takes any integer for an option. */
function optionOf(value: string): string | undefined {
  if (!/^[+-]?(?:0|[1-9][0-9]{0,8})$/.test(value)) return undefined;
  return Number(value) === 0 ? "Unset" : unnamedOption(Number(value));
}

function meaning(instead: string | undefined): string[] {
  return instead === undefined ? [] : [`redpak 2.5 takes it for ${instead}`];
}

function setTo(text: string | undefined, { path }: z.core.$ZodIssue, { file }: Findings): Fix | undefined {
  return text === undefined ? undefined : { action: "set", file, path: path as KeyPath, text };
}

function guess(word: string, candidates: readonly string[]): string[] {
  const name = didYouMean(word, candidates);
  return name === undefined ? [] : [`did you mean ${quote(name)}?`];
}

function kindOf(value: unknown): string {
  if (value === "") return "nothing";
  return KINDS[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

/** The part of plain data at a path; `undefined` where there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);
}
