import { didYouMean } from "../../core/did_you_mean.ts";
import { type CheckId, CHECKS } from "../../proof/verify/checks.ts";
import { tableLines } from "../../view/table.ts";
import type { CommandRow, FlagRow } from "../command_row.ts";
import { type CommandName, COMMANDS, commandsOf, GLOBAL_FLAGS, isCommand, publicCommands } from "../commands.ts";
import { TOPICS } from "../help_topics.ts";
import type { Invocation, Output } from "../invocation.ts";
import { usage } from "../split_words.ts";

/** `redpak help`, `redpak`, and `--help` of every command. */
export function help({ operands }: Pick<Invocation<"help">, "operands">): Output {
  const subject = operands.length === 0 ? undefined : operands.join(" ");
  const text = subject === undefined ? overview() : explain(subject);
  return { kind: "Help", data: { subject: subject ?? null, text }, text: () => text };
}

/** Ten lines for who just types `redpak`. */
export function summary(): Output {
  const names: readonly CommandName[] = ["create", "tree", "show", "check", "plan", "run"];
  const text = [
    "redpak runs programs in nodes: directories whose configuration says what they see of this machine.",
    "",
    ...tableLines(names.map((name) => [`  redpak ${name}`, COMMANDS[name].brief])),
    "",
    "redpak help lists everything; redpak COMMAND --help explains one command.",
  ].join("\n");
  return { kind: "Help", data: { subject: null, text }, text: () => text };
}

function overview(): string {
  return [
    "redpak COMMAND [NODE] [FLAGS] [-- PROGRAM…]",
    "",
    "Commands:",
    ...tableLines(publicCommands().map(([name, { brief }]) => [`  ${name}`, brief])),
    "",
    "Flags of every command (each has a twin in the environment: REDPAK_JSON, REDPAK_ROOT, …):",
    ...flagLines(GLOBAL_FLAGS),
    "",
    "Topics (redpak help TOPIC):",
    ...tableLines(Object.entries(TOPICS).map(([name, { brief }]) => [`  ${name}`, brief])),
  ].join("\n");
}

function explain(subject: string): string {
  if (isCommand(subject)) return explainCommand(subject, COMMANDS[subject]);
  if (Object.hasOwn(TOPICS, subject)) return TOPICS[subject as keyof typeof TOPICS].text;
  if (Object.hasOwn(CHECKS, subject)) {
    const { title, why, remedy } = CHECKS[subject as CheckId];
    const parts = [
      `${subject}: ${title}`,
      `Why: ${why}.`,
      `What to do: ${remedy}.`,
      "redpak verify DIR proves it of an image.",
    ];
    return parts.map(fold).join("\n\n");
  }
  const group = commandsOf(subject);
  if (group.length > 0) {
    return [
      ...tableLines(group.map(([name, { brief }]) => [`  redpak ${name}`, brief])),
      "",
      `redpak help ${group[0]![0]} explains the first.`,
    ].join("\n");
  }
  const meant = didYouMean(subject, [
    ...publicCommands().map(([name]) => name),
    ...Object.keys(TOPICS),
    ...Object.keys(CHECKS),
  ]);
  throw usage(
    `Cannot explain "${subject}": there is no such command or topic`,
    ...meant === undefined ? [] : [`did you mean ${meant}?`],
    "redpak help lists them",
  );
}

/** A text in lines of at most 100 characters, as long as its words are shorter. */
function fold(text: string): string {
  return text.replace(/(?=.{101})(.{1,100}) /g, "$1\n");
}

function explainCommand(name: CommandName, row: CommandRow): string {
  const flags = flagLines(row.flags);
  return [
    ...tableLines(row.examples.map(([words, meaning]) => [`  redpak ${words}`, meaning])),
    "",
    ...usageLines(name, row.usage),
    "",
    `${row.brief.charAt(0).toUpperCase()}${row.brief.slice(1)}.`,
    ...flags.length === 0 ? [] : ["", ...flags],
    ...row.program
      ? ["", "The first word after NODE that is no flag starts the program: it and all words behind it are its own."]
      : [],
    "",
    "Flags of every command: redpak help. Exit codes: redpak help exit-codes.",
  ].join("\n");
}

/** As the help is wide at most. */
const WIDTH = 120;

/** How a command is called; optional words are not broken apart. */
function usageLines(name: CommandName, usage: string): string[] {
  const command = `redpak ${name}`;
  const lines = [command];
  for (const part of usage.split(/ (?=\[)/).filter((part) => part !== "")) {
    const line = `${lines.at(-1)} ${part}`;
    if (line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(" ".repeat(command.length + 1) + part);
  }
  return lines;
}

function flagLines(flags: Readonly<Record<string, FlagRow>>): string[] {
  return tableLines(
    Object.entries(flags).map(([name, { brief, value, choices }]) => {
      const operand = value ?? choices?.join("|");
      return [`  --${name}${operand === undefined ? "" : ` ${operand}`}`, brief];
    }),
  );
}
