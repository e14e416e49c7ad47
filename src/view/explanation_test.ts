import assert from "node:assert/strict";
import { explanationText } from "./explanation.ts";
import { styleFor } from "./style.ts";

const where = { file: "/n/a", line: 1, column: 2 };

Deno.test("what counts is marked, places are given, and refusals come last", () => {
  const text = explanationText(
    {
      subject: "config.hostname",
      value: "a",
      statements: [
        { node: "/n", part: "normal", where, says: "hostname: a", counts: true, because: "the nearest" },
        { node: "/", part: "normal", where, says: "hostname: \x1b", counts: false, because: "not near" },
      ],
    },
    [{ code: "E_X", message: "Cannot do it" }],
    styleFor(false),
  );
  assert.equal(
    text,
    `config.hostname: a
*  hostname: a       counts: the nearest       /n/a:1:2
   hostname: \\u{1b}  does not count: not near  /n/a:1:2
refused: Cannot do it`,
  );
});

Deno.test("what nobody says is said so", () => {
  assert.equal(
    explanationText({ subject: "x", value: null, statements: [] }, [], styleFor(false)),
    "x: nobody says anything",
  );
});
