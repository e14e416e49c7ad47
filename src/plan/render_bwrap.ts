import type { BwrapLaunch } from "./bwrap_arguments.ts";

/** How the command that is printed calls the two programs. */
export interface BwrapNames {
  /** Path of bubblewrap. */
  readonly bwrap: string;
  /** What the launcher itself was called by: bubblewrap's `argv[0]`. */
  readonly invokedAs: string;
}

/** `--dump` of redpak 2.5: one line, no quoting. */
export function renderBwrapLine(launch: BwrapLaunch, names: BwrapNames): string {
  return `${[head(names), ...words(launch)].join(" ")}\n`;
}

/** `--dump-only` of redpak 2.5: each argument that begins with `-` begins a line, no quoting. */
export function renderBwrapLines(launch: BwrapLaunch, names: BwrapNames): string {
  const lines = words(launch).map((word) => word.startsWith("-") ? `\n  ${word}` : ` ${word}`);
  return `${head(names)}${lines.join("")}\n`;
}

/**
 * A command for bash that runs bubblewrap with these arguments, one option in a line. Commands of the configuration are
 * run by it where their output is not known. A program that looks like an option stays a program.
 */
export function renderBwrapScript(launch: BwrapLaunch, bwrap: string): string {
  const command = [...launch.before, ...launch.inheritEnvironment ? [] : ["env", "-i"], bwrap];
  const outputs = launch.commands.map((entry, index) => ({ ...entry, name: `output${index + 1}` }));
  const lines = optionLines(launch.options).map((line) => line.map((text) => wordWith(outputs, text)).join(" "));
  const program = launch.program.length === 0 ? ["sh"] : launch.program;
  const files = launch.files.map(({ descriptor, command, output }) => {
    const source = output === undefined ? runCommand(command) : `printf %s ${shellWord(output)}`;
    return `${descriptor}< <(${source})`;
  });
  const run = [command.map(shellWord).join(" "), ...lines, ["--", ...program].map(shellWord).join(" "), ...files];
  return `${makeDirectories(launch.directories)}${outputs.map(readOutput).join("")}${run.join(" \\\n  ")}\n`;
}

interface Output {
  readonly name: string;
  readonly command: string;
  readonly stripped: boolean;
}

function runCommand(command: string): string {
  return `bash -r -c ${shellWord(command)}`;
}

/** Bash strips what it substitutes; reading up to a NUL, which never comes, keeps all. */
function readOutput({ name, command, stripped }: Output): string {
  return stripped ? `${name}=$(${runCommand(command)})\n` : `IFS= read -r -d '' ${name} < <(${runCommand(command)})\n`;
}

/** A word in which the output of each command stands where `$(command)` does. */
function wordWith(outputs: readonly Output[], text: string): string {
  const [first, ...others] = outputs;
  if (first === undefined) return shellWord(text);
  const parts = text.split(`$(${first.command})`);
  if (parts.length === 1) return wordWith(others, text);
  return parts.map((part) => part === "" ? "" : wordWith(others, part)).join(`"$${first.name}"`);
}

/** Sources may be files: then they are there. */
function makeDirectories(paths: readonly string[]): string {
  if (paths.length === 0) return "";
  const words = paths.map(shellWord).join(" \\\n  ");
  return `for source in \\\n  ${words}\ndo [ -e "$source" ] || mkdir -p -- "$source"; done\n`;
}

function head({ bwrap, invokedAs }: BwrapNames): string {
  return `DUMP: ${bwrap} (as ${invokedAs})`;
}

function words({ options, program }: BwrapLaunch): readonly string[] {
  return [...options, ...program];
}

/** How many operands an option has: a value may look like an option. */
const OPERANDS: Readonly<Record<string, number>> = {
  "--tmpfs": 1,
  "--dev": 1,
  "--proc": 1,
  "--mqueue": 1,
  "--dir": 1,
  "--lock-file": 1,
  "--uid": 1,
  "--gid": 1,
  "--unsetenv": 1,
  "--cap-add": 1,
  "--cap-drop": 1,
  "--hostname": 1,
  "--chdir": 1,
  "--bind": 2,
  "--ro-bind": 2,
  "--bind-try": 2,
  "--ro-bind-try": 2,
  "--symlink": 2,
  "--file": 2,
  "--setenv": 2,
};

function optionLines(options: readonly string[]): string[][] {
  const lines: string[][] = [];
  for (let at = 0; at < options.length;) {
    const count = 1 + (OPERANDS[options[at] ?? ""] ?? 0);
    lines.push(options.slice(at, at + count));
    at += count;
  }
  return lines;
}

/** One word of bash, on one line, in which nothing acts on a terminal. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}'\\]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `$'${escaped}'`;
}
