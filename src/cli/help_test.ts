import assert from "node:assert/strict";
import { help, summary } from "./command/help.ts";
import { publicCommands } from "./commands.ts";
import { CHECKS } from "../proof/verify/checks.ts";
import { TOPICS } from "./help_topics.ts";
import { splitWords } from "./split_words.ts";
import { EXIT } from "../core/exit_code.ts";
import { styleFor } from "../view/style.ts";

const names: readonly string[] = publicCommands().map(([name]) => name);

function text(...operands: string[]): string {
  return help({ operands }).text(styleFor(false));
}

for (const [name, row] of publicCommands()) {
  Deno.test(`the help of ${name} begins with two examples and explains every flag`, () => {
    const lines = text(name).split("\n");
    assert(lines.slice(0, 2).every((line) => line.startsWith(`  redpak ${name}`)));
    for (const flag of Object.keys(row.flags)) {
      assert(lines.some((line) => line.startsWith(`  --${flag} `)), flag);
      assert(row.usage.includes(`--${flag}`), `usage lacks --${flag}`);
    }
  });

  Deno.test(`the examples of ${name} use its flags and operands`, () => {
    for (const [words] of row.examples) {
      const line = words.split(" | ")[0]!.split(" ");
      const { command, flags, operands } = splitWords(line);
      assert.equal(command, name);
      assert(operands.length >= row.operands.least && operands.length <= row.operands.most, words);
      for (const flag of flags.filter((word) => word.startsWith("--"))) assert(flag.slice(2) in row.flags, words);
    }
  });
}

Deno.test("redpak alone says ten lines", () => {
  assert.equal(summary().text(styleFor(false)).split("\n").length, 10);
});

Deno.test("the overview names every command and topic", () => {
  const overview = text();
  for (const name of [...names, ...Object.keys(TOPICS)]) {
    assert.match(overview, new RegExp(`^  ${name} `, "m"));
  }
});

Deno.test("what redpak calls itself with is not in the help", () => {
  assert.doesNotMatch(text(), /^ +probe /m);
});

Deno.test("every exit code is explained", () => {
  for (const code of Object.values(EXIT)) assert.match(text("exit-codes"), new RegExp(`^ +${code}  `, "m"));
});

Deno.test("no line of the help is wider than 120 columns, or ends with a space", () => {
  for (const subject of [...names, ...Object.keys(TOPICS), ...Object.keys(CHECKS)]) {
    for (const line of text(subject).split("\n")) {
      assert(line.length <= 120, line);
      assert.doesNotMatch(line, / $/, subject);
    }
  }
});

Deno.test("a misspelt topic gets a proposal", () => {
  assert.throws(() => text("merg"), (error: { hints?: string[] }) => error.hints?.[0] === "did you mean merge?");
});
