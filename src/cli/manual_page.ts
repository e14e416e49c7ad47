import configuration from "../../deno.json" with { type: "json" };
import { bold, roffText, section, term, verbatim } from "../view/roff.ts";
import type { CommandRow, FlagRow } from "./command_row.ts";
import { type CommandName, COMMANDS, GLOBAL_FLAGS, publicCommands } from "./commands.ts";
import { TOPICS } from "./help_topics.ts";

/** The manual page of redpak: what `redpak help` and its topics say. */
export function mainPage(): string {
  return page("redpak", [
    section("name", roffText("redpak - runs programs in nodes: directories that say what they see of the machine")),
    section("synopsis", `${bold("redpak")} ${roffText("COMMAND [NODE] [FLAGS] [-- PROGRAM…]")}`),
    section(
      "commands",
      ...publicCommands().map(([name, { brief }]) => term(`${bold(pageName(name))}(1)`, sentence(brief))),
    ),
    section("flags of every command", ...flagTerms(GLOBAL_FLAGS)),
    section("environment", term(bold("REDPAK_JSON, REDPAK_ROOT, …"), "Twins of the flags, which count before them.")),
    ...Object.entries(TOPICS).map(([name, { brief, text }]) => {
      return section(name.replaceAll("-", " "), roffText(sentence(brief)), verbatim(text));
    }),
    section("files", term(bold("/etc/redpak/policy.yaml"), "What the owner of the machine allows its nodes.")),
    seeAlso(publicCommands().map(([name]) => name)),
  ]);
}

/** `redpak-repo-add` for `repo add`. */
export function pageName(command: CommandName): string {
  return `redpak-${command.replaceAll(" ", "-")}`;
}

/** The manual page of a command: what its `--help` says. */
export function commandPage(name: CommandName): string {
  const row: CommandRow = COMMANDS[name];
  const flags = flagTerms(row.flags);
  const about = row.program
    ? "\nThe first word after NODE that is no flag starts the program: it and all words behind it are its own."
    : "";
  return page(pageName(name), [
    section("name", roffText(`${pageName(name)} - ${row.brief}`)),
    section("synopsis", `${bold(`redpak ${name}`)} ${roffText(row.usage)}`.trimEnd()),
    section("description", roffText(`${sentence(row.brief)}${about}`)),
    section("flags", ...flags, ".PP", "Flags of every command: see \\fBredpak\\fR(1)."),
    section("examples", ...row.examples.map(([words, meaning]) => term(bold(`redpak ${words}`), meaning))),
    section("exit status", "See EXIT CODES in \\fBredpak\\fR(1)."),
    seeAlso([]),
  ]);
}

function page(name: string, sections: readonly string[]): string {
  // Without a date, so that the same program has the same pages.
  const head = `.TH ${roffText(name.toUpperCase())} 1 "" "redpak ${roffText(configuration.version)}" "redpak"`;
  return [`.\\" Made from the command table: redpak man`, head, ...sections].join("\n");
}

function flagTerms(flags: Readonly<Record<string, FlagRow>>): string[] {
  return Object.entries(flags).map(([name, { brief, value, choices }]) => {
    const operand = value ?? choices?.join("|");
    const head = operand === undefined ? bold(`--${name}`) : `${bold(`--${name}`)} ${roffText(operand)}`;
    return term(head, sentence(brief));
  });
}

function seeAlso(names: readonly CommandName[]): string {
  const pages = names.length === 0 ? ["redpak"] : names.map(pageName);
  return section("see also", pages.map((name) => `${bold(name)}(1)`).join(",\n"));
}

function sentence(text: string): string {
  const end = /[.!?]$/.test(text) ? "" : ".";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}
