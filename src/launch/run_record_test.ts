import assert from "node:assert/strict";
import { decodeRecord, encodeRecord, parseRecordName, recordName, runId, type RunRecord } from "./run_record.ts";

const RECORD: RunRecord = {
  id: "nav-42",
  process: { pidNamespace: "pid:[4026531836]", pid: 42, startTime: 4711 },
  bootId: "b",
  startedAt: 1,
  node: "/srv/nav",
  alias: "nav",
  admin: false,
  plan: {
    version: 1,
    node: "/srv/nav",
    alias: "nav",
    admin: false,
    pending: [],
    warnings: [],
    operations: [{ operation: "rlimit", phase: "init", resource: 7, soft: 1024n, hard: 2n ** 64n - 1n, unless: "" }],
  },
};

Deno.test("a record survives its file", () => {
  assert.deepEqual(decodeRecord(encodeRecord(RECORD)), RECORD);
});

Deno.test("what is no record is none, however much of one it is", () => {
  const text = encodeRecord(RECORD);
  const wrong = [
    "",
    "null",
    text.slice(0, -1),
    text.replace("\n", ""),
    text.replace('"version":2', '"version":1'),
    text.replace('"pid":42', '"pid":"42"'),
    text.replace('"pid":42', '"pid":-1'),
    text.replace('"admin":false', '"admin":0'),
  ];
  for (const each of wrong) assert.equal(decodeRecord(each), undefined, each);
});

Deno.test("a record whose plan is none is found, and its plan is refused when it is asked for", () => {
  const text = encodeRecord(RECORD);
  for (const wrong of [text.replace('"operation":"rlimit"', '"operation":"unknown"'), text.replace("]}\n", "\n")]) {
    const record = decodeRecord(wrong);
    assert.equal(record?.id, "nav-42");
    assert.throws(() => record?.plan, {
      code: "E_RECORD_DAMAGED",
      hints: ["redpak stop nav-42, and start the node again"],
    });
  }
});

Deno.test("the name of a record says which process it is about, and whether it is complete", () => {
  const name = recordName(RECORD.process);
  assert.deepEqual(parseRecordName(name), { ...RECORD.process, isComplete: true });
  assert.deepEqual(parseRecordName(`.${name}`), { ...RECORD.process, isComplete: false });
  for (const other of ["", "notes.json", `${name}~`, "1.0.1.json", "..1.2.3.json"]) {
    assert.equal(parseRecordName(other), undefined, other);
  }
});

Deno.test("an id is one plain word whatever the alias is", () => {
  assert.equal(runId("nav", 42), "nav-42");
  assert.equal(runId("../a b\n", 42), ".._a_b_-42");
  assert.equal(runId("", 42), "node-42");
  assert.equal(runId("x".repeat(100), 42), `${"x".repeat(32)}-42`);
});
