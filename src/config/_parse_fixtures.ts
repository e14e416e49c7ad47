import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { parseConfig, type ParseOptions, parseStatus } from "./parse.ts";
import { parsePolicy } from "./policy.ts";
import type { Config, Status } from "./schema.ts";

export const FILE = "/n/etc/redpak.yaml";

/** Problems as a terminal would show them, with `f` for the file. */
export async function problemsOf(read: () => Promise<unknown>): Promise<string[]> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof RedpakError) || error.code !== "E_CONFIG" || error.exit !== EXIT.configuration) throw error;
    return error.problems.map(({ code, message, where, hints = [] }) => {
      const lines = [`${where!.line}:${where!.column} ${code} ${message}`, ...hints.map((hint) => `hint: ${hint}`)];
      return lines.join("; ").replaceAll(FILE, "f");
    });
  }
  return [];
}

export async function config(text: string, options?: ParseOptions): Promise<Config> {
  return (await parseConfig(text, FILE, "normal", options)).config;
}

/** The `config` mapping of a file that has these lines in it. */
export async function settings(...lines: string[]): Promise<Config["config"]> {
  return (await config(`headers: {alias: a}\nconfig:\n${lines.map((line) => `  ${line}\n`).join("")}`)).config;
}

export function problems(text: string | Uint8Array, options?: ParseOptions): Promise<string[]> {
  return problemsOf(() => parseConfig(text, FILE, "normal", options));
}

export async function status(text: string): Promise<Status> {
  return (await parseStatus(text, FILE)).status;
}

export function statusProblems(text: string): Promise<string[]> {
  return problemsOf(() => parseStatus(text, FILE));
}

export function policyProblems(text: string): Promise<string[]> {
  return problemsOf(() => parsePolicy(text, FILE));
}
