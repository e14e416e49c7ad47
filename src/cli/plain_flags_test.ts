import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { readFlags } from "./application.ts";
import type { CommandRow, FlagRow } from "./command_row.ts";
import { COMMANDS } from "./commands.ts";
import { readPlainFlags } from "./plain_flags.ts";

const ROWS: [string, CommandRow][] = Object.entries(COMMANDS);

/** Words that give a flag, well and badly. */
function spellings(name: string, { value, choices }: FlagRow): string[][] {
  if (value === undefined && choices === undefined) return [[`--${name}`], [`--${name}=true`], [`-${name}`]];
  return [...choices ?? ["x", "", "-x", "--yes", "a b=c\n"], "nothing like it"].flatMap((text) => [
    [`--${name}`, text],
    [`--${name}=${text}`],
  ]);
}

async function asLibrary(name: string, row: CommandRow, words: readonly string[]) {
  try {
    const found = Object.entries(await readFlags(name, row, words)).filter(([, value]) => value !== undefined);
    return Object.fromEntries(found);
  } catch (error) {
    assert(error instanceof RedpakError);
    return undefined;
  }
}

Deno.test("flags that are read without the library are what the library makes of them", async () => {
  for (const [name, row] of ROWS) {
    const each = Object.entries(row.flags).flatMap(([flag, what]) => spellings(flag, what));
    const good = Object.entries(row.flags).map(([flag, what]) => spellings(flag, what)[0]!);
    for (const words of [[], ...each, good.flat(), ...good.map((words) => [...words, ...words]), ["--nope"], ["x"]]) {
      const found = readPlainFlags(row, words);
      if (found !== undefined) assert.deepEqual(found, await asLibrary(name, row, words), words.join(" "));
    }
    assert.deepEqual(readPlainFlags(row, good.flat()), await asLibrary(name, row, good.flat()));
  }
});
