import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { splitWords } from "./split_words.ts";

function split(line: string) {
  return splitWords(line.split(" ").filter((word) => word !== ""));
}

Deno.test("everything from the program on is the program's", () => {
  for (
    const line of [
      "run N --admin sh --json -q --admin",
      "run --admin N sh --json -q --admin",
      "run N --admin -- sh --json -q --admin",
      "run --admin N -- sh --json -q --admin",
    ]
  ) {
    const { flags, operands, globals } = split(line);
    assert.deepEqual([flags, operands, globals], [["--admin"], ["N", "sh", "--json", "-q", "--admin"], {}], line);
  }
});

Deno.test("a program may begin with a dash after --, and -- itself is an argument then", () => {
  assert.deepEqual(split("run N -- --bind / --").operands, ["N", "--bind", "/", "--"]);
});

Deno.test("the value of a flag is no node", () => {
  const { flags, operands } = split("run --status-fd 5 N sh");
  assert.deepEqual([flags, operands], [["--status-fd", "5"], ["N", "sh"]]);
  assert.deepEqual(split("run --status-fd=5 N sh").flags, ["--status-fd=5"]);
});

Deno.test("a letter of a flag stands for it, where the command has one", () => {
  assert.deepEqual(split("graph -o f.svg D").flags, ["--output", "f.svg"]);
  assert.deepEqual(split("graph -o f.svg D").operands, ["D"]);
  assert.deepEqual(split("tree -o f D").flags, ["-o"]);
});

Deno.test("global flags are understood before and after the command", () => {
  for (const line of ["--json --root /x tree -qv", "tree --root=/x --json -q -v"]) {
    const { command, operands, globals } = split(line);
    assert.deepEqual([command, operands], ["tree", []], line);
    assert.deepEqual(globals, { json: true, quiet: true, verbose: true, root: "/x" }, line);
  }
});

Deno.test("words without a dash after the first are operands of other commands, too", () => {
  assert.deepEqual(split("tree a b --merged").operands, ["a", "b"]);
  assert.deepEqual(split("tree a b --merged").flags, ["--merged"]);
});

Deno.test("a switch takes no value, and a value is not optional", () => {
  for (const line of ["tree --json=yes", "tree --root"]) {
    assert.throws(() => split(line), (error) => error instanceof RedpakError && error.exit === 2, line);
  }
});

Deno.test("a flag that may stand alone takes a number, and nothing else", () => {
  for (
    const [line, flags, operands] of [
      ["install n --wait 60 x", ["--wait", "60"], ["n", "x"]],
      ["install n --wait 0.5 x", ["--wait", "0.5"], ["n", "x"]],
      ["install --wait n x", ["--wait", "999999"], ["n", "x"]],
      ["install n x --wait", ["--wait", "999999"], ["n", "x"]],
      ["install n --wait=5 7zip", ["--wait=5"], ["n", "7zip"]],
    ] as const
  ) {
    const found = split(line);
    assert.deepEqual([found.flags, found.operands], [flags, operands], line);
  }
});
