import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { HALF_OF_MEMORY } from "../plan/default_limits.ts";
import { encodePlan } from "../plan/encode.ts";
import { summedRecord } from "./_summed_record.ts";
import { decodeRecord, encodeRecord, parseRecordName, recordName, runId, type RunRecord } from "./run_record.ts";

const FILE = { name: "4026531836.42.4711.json", writtenAt: 1, memory: () => 2 ** 31 };

const decode = (text: string) => decodeRecord(new TextEncoder().encode(summedRecord(text)), FILE);

/** Everything that a record says; undefined for one that is not believed, in whole or in part. */
function readAll(bytes: Uint8Array): unknown {
  try {
    const { plan, basis, ...head } = decodeRecord(bytes, FILE) ?? {};
    return plan && { plan, basis, head };
  } catch (error) {
    if (error instanceof RedpakError && error.code === "E_RECORD_DAMAGED") return undefined;
    throw error;
  }
}

const RECORD: RunRecord = {
  id: "nav-42",
  process: { role: "supervisor", pidNamespace: "pid:[4026531836]", pid: 42, startTime: 4711 },
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
  assert.deepEqual(decodeRecord(encodeRecord(RECORD), FILE), RECORD);
});

Deno.test("of a record that was handed on, the name says which process it is about", () => {
  const process = { role: "program", pidNamespace: "pid:[4026531836]", pid: 43, startTime: 4712 } as const;
  const file = { ...FILE, name: recordName(process) };
  assert.deepEqual({ ...decodeRecord(encodeRecord(RECORD), file) }, { ...RECORD, id: "nav-43", process });
  assert.deepEqual(decodeRecord(sealedRecord(RECORD.plan), file)?.process, process);
});

/** As the stage writes it: the id of the boot and the plan. */
function sealedRecord(plan: RunRecord["plan"]): Uint8Array {
  return new Uint8Array([...new TextEncoder().encode("b\n"), ...encodePlan(plan)]);
}

Deno.test("the record of a sealed launcher is its plan", () => {
  const limit = { operation: "rlimit", phase: "init", resource: 2, unless: "" } as const;
  const plan = (half: bigint) => ({ ...RECORD.plan, operations: [{ ...limit, soft: half, hard: half }] });
  const sealed = sealedRecord(plan(HALF_OF_MEMORY));
  assert.deepEqual({ ...decodeRecord(sealed, FILE) }, { ...RECORD, basis: undefined, plan: plan(2n ** 30n) });
  assert.equal(decodeRecord(sealed, { ...FILE, name: "other" }), undefined);
  for (const wrong of [sealed.subarray(2), sealed.subarray(0, 20)]) assert.equal(decodeRecord(wrong, FILE), undefined);
});

Deno.test("R24 a record with a flipped bit, or that ends too early, is never believed", () => {
  const written = encodeRecord(RECORD);
  const sealed = sealedRecord(RECORD.plan);
  for (const [bytes, protectedFrom] of [[written, 0], [sealed, 2]] as const) {
    assert.notEqual(readAll(bytes), undefined);
    for (let bit = 8 * protectedFrom; bit < 8 * bytes.length; bit++) {
      const place = bit >> 3;
      assert.equal(readAll(bytes.with(place, bytes[place]! ^ 1 << (bit & 7))), undefined, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(readAll(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
  }
  // The id of the boot is compared with the machine's.
  for (let bit = 0; bit < 8; bit++) {
    assert.notEqual(decodeRecord(sealed.with(0, sealed[0]! ^ 1 << bit), FILE)?.bootId, "b");
  }
});

Deno.test("what is no record is none, however much of one it is", () => {
  const text = new TextDecoder().decode(encodeRecord(RECORD));
  const wrong = [
    "",
    "null",
    text.replace("\n", ""),
    text.replace('"version":4', '"version":2'),
    text.replace('"pid":42', '"pid":"42"'),
    text.replace('"pid":42', '"pid":-1'),
    text.replace('"admin":false', '"admin":0'),
  ];
  for (const each of wrong) assert.equal(decode(each), undefined, each);
});

Deno.test("a record whose plan or basis is none is found, and that is refused when it is asked for", () => {
  const text = new TextDecoder().decode(encodeRecord(RECORD));
  for (const [right, wrong] of [['false,"files', '0,"files'], ['"ab"', "1"], ['"ids":1', '"ids":""']] as const) {
    const record = decode(text.replace(right, wrong));
    assert.equal(record?.plan.node, "/srv/nav");
    assert.throws(() => record?.basis, { code: "E_RECORD_DAMAGED" });
  }
  for (const wrong of [text.replace('"operation":"rlimit"', '"operation":"unknown"'), text.replace("]} ", " ")]) {
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
  for (const role of ["init", "program"] as const) {
    const process = { ...RECORD.process, role };
    assert.deepEqual(parseRecordName(recordName(process)), { ...process, isComplete: true });
  }
  for (const other of ["", "notes.json", `${name}~`, "1.0.1.json", "..1.2.3.json", "1.2.3.other.json"]) {
    assert.equal(parseRecordName(other), undefined, other);
  }
});

Deno.test("an id is one plain word whatever the alias is", () => {
  assert.equal(runId("nav", 42), "nav-42");
  assert.equal(runId("../a b\n", 42), ".._a_b_-42");
  assert.equal(runId("", 42), "node-42");
  assert.equal(runId("x".repeat(100), 42), `${"x".repeat(32)}-42`);
});
