import { deepEqual, equal } from "node:assert/strict";
import { chooseRange, freeRange, parseSubordinateIds } from "./subordinate_ids.ts";

const alice = { uid: 1000, name: "alice" };
const choose = (text: string) => chooseRange(parseSubordinateIds(text).ranges, alice)?.first;

Deno.test("lines are read as they are, and nothing is guessed", () => {
  deepEqual(parseSubordinateIds("# comment\n\nalice:100000:65536\n1001:0:1\n"), {
    ranges: [{ owner: "alice", first: 100_000, count: 65_536 }, { owner: "1001", first: 0, count: 1 }],
  });
  const wrong = [
    "alice",
    "alice:1",
    ":1:1",
    "a:1:1:1",
    "a:-1:1",
    "a:+1:1",
    "a:01:1",
    "a:1:0",
    "a: 1:1",
    "a:1:1 ",
    "a:0x1:1",
  ];
  for (const line of [...wrong, "a:4294967295:1", "a:1:4294967295", "a:99999999999:1"]) {
    deepEqual(parseSubordinateIds(`b:1:1\n${line}\n`).wrong, "line 2 is not USER:FIRST:COUNT", line);
  }
  equal(parseSubordinateIds("a:1:4294967294").wrong, undefined);
});

Deno.test("the first range counts that is the user's by name or number and is large enough", () => {
  equal(choose("bob:100000:65536\nalice:200000:65535\nalice:300000:65536\nalice:400000:65536"), 300_000);
  equal(choose("1000:500000:70000"), 500_000);
  equal(choose("1001:500000:70000"), undefined);
  equal(choose(""), undefined);
});

Deno.test("a range with the machine's root, the user himself or ids of other nodes is none", () => {
  for (const first of [0x7000_0000, 0x6fff_0001, 0x7ffd_ffff]) equal(choose(`alice:${first}:65536`), undefined);
  for (const first of [0x6fff_0000, 0x7ffe_0000]) equal(choose(`alice:${first}:65536`), first);
  equal(choose("alice:0:70000"), undefined);
  equal(choose("alice:1000:65536"), undefined);
  equal(choose("alice:900:65536"), undefined);
  equal(choose("alice:1001:65536"), 1001);
});

Deno.test("a range for one more user is behind those of all others, and none of them", () => {
  const free = (text: string) => freeRange(parseSubordinateIds(text).ranges);
  equal(free(""), 100_000);
  equal(free("bob:5:7\n"), 100_000);
  equal(free("bob:165536:65536\ncarol:100000:65536\n"), 231_072);
  equal(free("bob:600034465:1\n"), undefined);
});
