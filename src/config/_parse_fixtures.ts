import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { parseConfig, type ParseOptions, parseStatus } from "./parse.ts";
import type { Config, Status } from "./schema.ts";

export const FILE = "/n/etc/redpak.yaml";

/** Problems as a terminal would show them, with `f` for the file. */
export function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RedpakError) || error.code !== "E_CONFIG" || error.exit !== EXIT.configuration) throw error;
    return error.problems.map(({ code, message, where, hints = [] }) => {
      const lines = [`${where!.line}:${where!.column} ${code} ${message}`, ...hints.map((hint) => `hint: ${hint}`)];
      return lines.join("; ").replaceAll(FILE, "f");
    });
  }
  return [];
}

export function config(text: string, options?: ParseOptions): Config {
  return parseConfig(text, FILE, "normal", options).config;
}

/** The `config` mapping of a file that has these lines in it. */
export function settings(...lines: string[]): Config["config"] {
  return config(`headers: {alias: a}\nconfig:\n${lines.map((line) => `  ${line}\n`).join("")}`).config;
}

export function problems(text: string | Uint8Array, options?: ParseOptions): string[] {
  return problemsOf(() => parseConfig(text, FILE, "normal", options));
}

export function status(text: string): Status {
  return parseStatus(text, FILE).status;
}

export function statusProblems(text: string): string[] {
  return problemsOf(() => parseStatus(text, FILE));
}
