import assert from "node:assert/strict";
import { HALF_OF_MEMORY } from "../plan/default_limits.ts";
import { encodePlan } from "../plan/encode.ts";
import { decodeRecord, encodeRecord, parseRecordName, recordName, runId, type RunRecord } from "./run_record.ts";

const FILE = { name: "4026531836.42.4711.json", writtenAt: 1, memory: () => 2 ** 31 };

const decode = (text: string) => decodeRecord(new TextEncoder().encode(text), FILE);

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
  basis: {
    altered: false,
    files: [{ name: "/srv/nav/etc/redpak.yaml", sha256: "ab" }],
    nodes: [{ path: "/srv/nav", alias: "nav", ids: 1 }],
  },
};

Deno.test("a record survives its file", () => {
  assert.deepEqual(decode(encodeRecord(RECORD)), RECORD);
});

Deno.test("the record of a sealed launcher is its plan", () => {
  const limit = { operation: "rlimit", phase: "init", resource: 2, unless: "" } as const;
  const plan = (half: bigint) => ({ ...RECORD.plan, operations: [{ ...limit, soft: half, hard: half }] });
  const bytes = encodePlan(plan(HALF_OF_MEMORY));
  const sealed = new Uint8Array([..."b\n"].map((letter) => letter.charCodeAt(0)).concat([...bytes]));
  assert.deepEqual({ ...decodeRecord(sealed, FILE) }, { ...RECORD, basis: undefined, plan: plan(2n ** 30n) });
  assert.equal(decodeRecord(sealed, { ...FILE, name: "other" }), undefined);
  for (const wrong of [sealed.subarray(2), sealed.subarray(0, 20)]) assert.equal(decodeRecord(wrong, FILE), undefined);
  // What is damaged is found when it is asked for.
  const damaged = sealed.with(sealed.length - 1, 1).with(60, 7);
  assert.throws(() => decodeRecord(damaged, FILE)?.plan, { code: "E_RECORD_DAMAGED" });
});

Deno.test("what is no record is none, however much of one it is", () => {
  const text = encodeRecord(RECORD);
  const wrong = [
    "",
    "null",
    text.slice(0, -1),
    text.replace("\n", ""),
    text.replace('"version":3', '"version":2'),
    text.replace('"pid":42', '"pid":"42"'),
    text.replace('"pid":42', '"pid":-1'),
    text.replace('"admin":false', '"admin":0'),
  ];
  for (const each of wrong) assert.equal(decode(each), undefined, each);
});

Deno.test("a record whose plan or basis is none is found, and that is refused when it is asked for", () => {
  const text = encodeRecord(RECORD);
  for (const [right, wrong] of [['false,"files', '0,"files'], ['"ab"', "1"], ['"ids":1', '"ids":""']] as const) {
    const record = decode(text.replace(right, wrong));
    assert.equal(record?.plan.node, "/srv/nav");
    assert.throws(() => record?.basis, { code: "E_RECORD_DAMAGED" });
  }
  for (const wrong of [text.replace('"operation":"rlimit"', '"operation":"unknown"'), text.replace("]}\n", "\n")]) {
    const record = decode(wrong);
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
