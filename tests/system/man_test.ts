/** The manual pages that the binary prints, as their reader sees them. */
import assert from "node:assert/strict";
import type { CommandRow } from "../../src/cli/command_row.ts";
import { publicCommands } from "../../src/cli/commands.ts";
import { exec, exists, redpak, Scratch } from "./_node.ts";

const GROFF = "/usr/bin/groff";

/** A page as text, 100 columns wide; what the formatter warns about is a failure. */
function format(...words: string[]): string {
  using scratch = new Scratch();
  const file = scratch.file("page.1", redpak(["man", ...words]).stdout);
  const { code, stdout, stderr } = exec(GROFF, ["-ww", "-man", "-Tascii", "-P-cbou", "-rLL=100n", file]);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

const pages: [string[], CommandRow | undefined][] = [
  [[], undefined],
  ...publicCommands().map(([name, row]): [string[], CommandRow] => [[name], row]),
];

for (const [words, row] of pages) {
  Deno.test({
    name: `the manual page of redpak ${words.join(" ")} is formatted without a warning, and has all flags`,
    ignore: !exists(GROFF),
    fn: () => {
      const text = format(...words);
      for (const title of ["NAME", "SYNOPSIS", "SEE ALSO"]) assert.match(text, new RegExp(`^${title}$`, "m"));
      for (const flag of Object.keys(row?.flags ?? {})) assert.match(text, new RegExp(`^ +--${flag}\\b`, "m"));
    },
  });
}

Deno.test({
  name: "the page of redpak names every command, and the topics as sections",
  ignore: !exists(GROFF),
  fn: () => {
    const text = format();
    for (const [name] of publicCommands()) assert(text.includes(`redpak-${name.replace(" ", "-")}(1)`), name);
    assert.match(text, /^EXIT CODES$/m);
    assert.match(text, /^ +125 {2}run: redpak failed/m);
  },
});

Deno.test("the page of a command that does not exist is refused, with what was meant", () => {
  const { code, stderr } = redpak(["man", "rn"]);
  assert.equal(code, 2);
  assert.match(stderr, /did you mean run\?/);
});
