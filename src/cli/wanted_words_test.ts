import assert from "node:assert/strict";
import { publicCommands } from "./commands.ts";
import { operandNames, wantedWords } from "./wanted_words.ts";

/** The words that could stand there, and the operands in capitals. */
function wanted(...words: string[]): string[] {
  const { words: fixed, operands } = wantedWords(words);
  return [...fixed.map(({ word }) => word), ...operands];
}

Deno.test("the first word is a command or that of a group, and none that people do not use", () => {
  const words = new Set(publicCommands().map(([name]) => name.split(" ")[0]));
  assert.deepEqual(wanted(""), [...words]);
  assert.deepEqual(wanted("--json", ""), [...words]);
});

Deno.test("behind the word of a group stand its commands, and then their operands", () => {
  assert.deepEqual(wanted("repo", "").slice(0, 2), ["list", "add"]);
  assert.deepEqual(wanted("repo", "remove", ""), ["NODE"]);
  assert.deepEqual(wanted("--json", "repo", "remove", "nav", ""), ["REPO"]);
  assert.deepEqual(wantedWords(["repo", "remove", "nav", ""]).before, ["nav"]);
  assert(wanted("repo", "add", "--").includes("--priority"));
  assert.deepEqual(wanted("repo", "nonsense", ""), []);
});

Deno.test("operands are those of the usage, in their order", () => {
  assert.deepEqual(wanted("check", ""), ["NODE", "DIR"]);
  assert.deepEqual(wanted("diff", "a", ""), ["B"]);
  assert.deepEqual(wanted("diff", "a", "b", ""), []);
  assert.deepEqual(wanted("completions", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(wanted("explain", "n", "--admin", ""), ["PATH", "KEY", "SYSCALL", "PACKAGE"]);
  assert.deepEqual(wanted("version", ""), []);
});

Deno.test("flags are the command's and everybody's, those that are there already left out", () => {
  const flags = wanted("show", "n", "--admin", "--");
  assert(flags.includes("--merged") && flags.includes("--json") && !flags.includes("--admin"));
  assert(!wanted("show", "-").includes("--recursive"));
});

Deno.test("a flag's value is one of its choices, or what its name stands for", () => {
  assert.deepEqual(wanted("plan", "n", "--format", ""), ["text", "json", "bwrap"]);
  assert.deepEqual(wanted("create", "n", "--template", "ro"), ["TEMPLATE"]);
  assert.deepEqual(wanted("--color", ""), ["auto", "always", "never"]);
  assert.deepEqual(wanted("tree", "--root", ""), ["DIR"]);
});

Deno.test("what follows the program is its own", () => {
  assert.deepEqual(wanted("run", "n", "ls", "--"), []);
  assert.deepEqual(wanted("run", "n", "--", ""), []);
  assert.deepEqual(wanted("show", "--", "-"), []);
});

Deno.test("nothing is known of commands that do not exist", () => {
  assert.deepEqual(wanted("nonsense", ""), []);
});

Deno.test("the root that stands on the line counts", () => {
  assert.equal(wantedWords(["--root", "/srv", "run", "n"]).root, "/srv");
});

Deno.test("every usage names as many operands as the command takes", () => {
  for (const [name, row] of publicCommands()) {
    const { least, most } = row.program ? { least: 1, most: 1 } : row.operands;
    const { length } = operandNames(row);
    // The last one may be repeated.
    if (most === Infinity) assert(length === Math.max(1, least) || length === least + 1, name);
    else assert.equal(length, most, name);
  }
});
