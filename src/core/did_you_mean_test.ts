import assert from "node:assert/strict";
import { didYouMean } from "./did_you_mean.ts";

const KEYS = ["headers", "exports", "environ", "config", "umask", "cpu", "cpus", "mem", "io", "share_net", "share_ipc"];

for (
  const [word, expected] of [
    ["exprots", "exports"],
    ["EXPORT", "exports"],
    ["umaks", "umask"],
    ["sharenet", "share_net"],
    ["share_nte", "share_net"],
    ["cup", "cpu"],
    ["cpux", "cpu"],
    ["relocations", undefined],
    ["zz", undefined],
    ["o", undefined],
    ["", undefined],
    ["x".repeat(65_536), undefined],
  ] as const
) {
  Deno.test(`"${word.slice(0, 20)}" is taken for ${expected ?? "nothing"}`, () => {
    assert.equal(didYouMean(word, KEYS), expected);
  });
}

Deno.test("of two equally near candidates the first wins", () => {
  assert.equal(didYouMean("cpua", ["cpub", "cpuc"]), "cpub");
});

Deno.test("a word that shares no letter with a candidate is not near it, however short", () => {
  assert.equal(didYouMean("xy", ["io", "a"]), undefined);
});
