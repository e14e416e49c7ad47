import type { OptionRow } from "../getopt.ts";

export type UsageRow = OptionRow & { readonly brief: string };

/** The help of `redconf` and its commands: a synopsis, a description, the commands, the options. */
export function usageText(
  synopsis: string,
  description: string,
  options: readonly UsageRow[],
  commands: Readonly<Record<string, string>> = {},
): string {
  return [
    `Usage: ${synopsis}`,
    description,
    ...Object.entries(commands).map(([name, brief]) => `\t${name.padEnd(13)}${brief}`),
    "Options:",
    ...options.map(({ long: [name], short, brief }) => `\t-${short}, --${name}\t\t${brief}`),
    "",
  ].join("\n");
}

export const HELP: UsageRow = { long: ["help"], short: "h", value: "none", brief: "print this help" };
