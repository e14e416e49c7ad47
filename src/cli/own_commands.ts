import type { CommandRow } from "./command_row.ts";
import { dryRun } from "./command_words.ts";

/** The commands about redpak itself and the machine that it is on. */
export const OWN_COMMANDS = {
  "install-links": {
    brief: "make redwrap, redwrap-dnf and redconf, the programs of redpak 2.5, links to this one",
    usage: "DIR [--dry-run]",
    examples: [["install-links /usr/local/bin", ""], ["install-links /usr/local/bin --dry-run", "says which"]],
    operands: { least: 1, most: 1, missing: "the DIR to make links in" },
    flags: { "dry-run": dryRun },
  },
  doctor: {
    brief: "find out whether this machine can launch nodes, and what would make it better",
    usage: "[--report]",
    examples: [["doctor", "as the user who is to launch"], ["doctor --report | tee report.txt", "for a bug report"]],
    operands: { least: 0, most: 0, missing: "" },
    flags: { report: { brief: "add what is known of the machine and the caller's environment, without secrets" } },
  },
  completions: {
    brief: "print the script that lets a shell complete redpak's command lines",
    usage: "bash|zsh|fish",
    examples: [
      ["completions bash | tee /usr/share/bash-completion/completions/redpak", "for all users"],
      ["completions fish | source", "for this shell"],
    ],
    operands: { least: 1, most: 1, missing: "the shell (bash, zsh or fish)" },
    flags: {},
  },
  man: {
    brief: "print the manual page of redpak or of a command",
    usage: "[COMMAND] [SUBCOMMAND]",
    examples: [["man run | man -l -", "reads it"], ["man | tee /usr/share/man/man1/redpak.1", "installs it"]],
    operands: { least: 0, most: 2, missing: "" },
    flags: {},
  },
  schema: {
    brief: "print the JSON schema of a file or of a --json document",
    usage: "[KIND]",
    examples: [["schema config", "of etc/redpak.yaml, for editors"], ["schema", "lists the kinds"]],
    operands: { least: 0, most: 1, missing: "" },
    flags: {},
  },
  help: {
    brief: "explain a command or a topic",
    usage: "[COMMAND|TOPIC] [SUBCOMMAND]",
    examples: [["help run", ""], ["help merge", "how a family's files combine"]],
    operands: { least: 0, most: 2, missing: "" },
    flags: {},
  },
  version: {
    brief: "print the version",
    usage: "",
    examples: [["version", ""], ["version --json", ""]],
    operands: { least: 0, most: 0, missing: "" },
    flags: {},
  },
} as const satisfies Record<string, CommandRow>;
