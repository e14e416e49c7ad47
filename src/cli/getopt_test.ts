import * as assert from "node:assert/strict";
import { getopt, GetoptError, type OptionRow } from "./getopt.ts";

const ROWS: readonly OptionRow[] = [
  { long: ["redpath", "rpath", "rp"], short: "r", value: "required" },
  { long: ["dump"], value: "none" },
  { long: ["dump-only"], short: "D", value: "none" },
  { long: ["strict"], short: "s", value: "optional" },
  { long: ["unsafe"], short: "u", value: "optional" },
  { long: ["user", "uid"], short: "U", value: "required" },
];

/** Options as `name` or `name=value`, then the operands behind a bar. */
function read(line: string, inOrder?: boolean): string {
  const { options, operands } = getopt(line === "" ? [] : line.split(" "), ROWS, inOrder);
  const given = options.map(({ name, value }) => value === undefined ? name : `${name}=${value}`);
  return [...given, "|", ...operands].join(" ");
}

const UNDERSTOOD: readonly (readonly [line: string, meaning: string])[] = [
  ["", "|"],
  ["-r /n", "redpath=/n |"],
  ["-r/n", "redpath=/n |"],
  ["--redpath=/n", "redpath=/n |"],
  ["--redpath /n", "redpath=/n |"],
  ["--redpath=", "redpath= |"],
  ["--rp=a=b", "redpath=a=b |"],
  ["--red /n", "redpath=/n |"],
  ["--r /n", "redpath=/n |"],
  ["--dump", "dump |"],
  ["--dump-o", "dump-only |"],
  ["--ui 0", "user=0 |"],
  ["--us 0", "user=0 |"],
  ["-Ds", "dump-only strict |"],
  ["-Dsyes", "dump-only strict=yes |"],
  ["-Dr /n", "dump-only redpath=/n |"],
  ["-s yes", "strict | yes"],
  ["--strict=no", "strict=no |"],
  ["--strict no", "strict | no"],
  ["ls -r /n x -D", "redpath=/n dump-only | ls x"],
  ["-r -- ls", "redpath=-- | ls"],
  ["-D -- ls -r /n --", "dump-only | ls -r /n --"],
  ["- -D", "dump-only | -"],
];

for (const [line, meaning] of UNDERSTOOD) {
  Deno.test(`getopt understands "${line}"`, () => assert.equal(read(line), meaning));
}

const REFUSED: readonly (readonly [line: string, message: string])[] = [
  ["-d", "invalid option -- 'd'"],
  ["-Dx", "invalid option -- 'x'"],
  ["--nope=1", "unrecognized option '--nope'"],
  ["--u", "option '--u' is ambiguous; possibilities: '--unsafe' '--user' '--uid'"],
  ["--du", "option '--du' is ambiguous; possibilities: '--dump' '--dump-only'"],
  ["--dump=1", "option '--dump' doesn't allow an argument"],
  ["-r", "option requires an argument -- 'r'"],
  ["--red", "option '--redpath' requires an argument"],
];

for (const [line, message] of REFUSED) {
  Deno.test(`getopt refuses "${line}"`, () => assert.throws(() => read(line), new GetoptError(message)));
}

Deno.test("in POSIX order the first operand ends the options", () => {
  assert.equal(read("-D tree -D --nope", true), "dump-only | tree -D --nope");
});
