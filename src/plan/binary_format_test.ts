import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { checksum } from "../core/checksum.ts";
import { RedpakError } from "../core/error.ts";
import { arbitraryPlan } from "./_arbitrary_plan.ts";
import { BINARY_FORMAT, KIND_LETTERS } from "./binary_format.ts";
import { decodePlan } from "./decode.ts";
import { encodePlan } from "./encode.ts";
import { OPERATIONS } from "./operation.ts";
import type { Plan } from "./plan.ts";

const empty: Plan = { version: 1, node: "/n", alias: "a", admin: false, pending: [], warnings: [], operations: [] };

function plan(...operations: Plan["operations"]): Plan {
  return { ...empty, operations };
}

/** Bytes of a plan, with the checksum that whoever makes them on purpose would give them. */
function summed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { checksumOffset } = BINARY_FORMAT;
  if (bytes.length >= BINARY_FORMAT.headerSize) {
    new DataView(bytes.buffer).setUint32(checksumOffset, checksum(bytes, checksumOffset), true);
  }
  return bytes;
}

/** Decodes, or returns undefined for bytes that are refused as the contract says; any other error is a defect. */
function tryDecode(bytes: Uint8Array): Plan | undefined {
  try {
    return decodePlan(bytes);
  } catch (error) {
    if (error instanceof RedpakError && error.code === "E_PLAN_MALFORMED") return undefined;
    throw error;
  }
}

Deno.test("a decoded plan equals the encoded one", () => {
  fc.assert(fc.property(arbitraryPlan, (plan) => assert.deepEqual(decodePlan(encodePlan(plan)), plan)));
});

Deno.test("a plan has one binary form, whatever bytes are changed", () => {
  const change = fc.record({ place: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });
  let accepted = 0;
  fc.assert(
    fc.property(arbitraryPlan, fc.array(change, { minLength: 1, maxLength: 3 }), (plan, changes) => {
      const bytes = encodePlan(plan);
      for (const { place, value } of changes) bytes[place % bytes.length]! ^= value;
      const decoded = tryDecode(summed(bytes));
      if (decoded === undefined) return;
      accepted++;
      assert.deepEqual(encodePlan(decoded), bytes);
    }),
    { numRuns: 2000 },
  );
  assert.ok(accepted > 0, "no change was accepted: the property was never tested");
});

Deno.test("each single bit that is flipped is refused, and with the right checksum is another plan or refused", () => {
  const [original] = fc.sample(arbitraryPlan, { numRuns: 1, seed: 1 });
  const bytes = encodePlan(original!);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(tryDecode(changed), undefined, `bit ${bit}`);
    const decoded = tryDecode(summed(changed));
    if (decoded !== undefined) assert.deepEqual(encodePlan(decoded), changed);
  }
});

Deno.test("a plan that is cut anywhere or followed by anything is refused", () => {
  fc.assert(
    fc.property(arbitraryPlan, (plan) => {
      const bytes = encodePlan(plan);
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(tryDecode(bytes.subarray(0, length)), undefined, `accepted ${length} of ${bytes.length} bytes`);
        const shortened = bytes.slice(0, length);
        if (length >= 16) new DataView(shortened.buffer).setUint32(12, length, true);
        assert.equal(
          tryDecode(summed(shortened)),
          undefined,
          `accepted ${length} of ${bytes.length} bytes, with their size`,
        );
      }
      assert.equal(tryDecode(summed(new Uint8Array([...bytes, 0, 0, 0, 0]))), undefined);
    }),
    { numRuns: 10 },
  );
});

Deno.test("random bytes are refused", () => {
  const prefix = encodePlan(empty).slice(0, 12);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.equal(tryDecode(bytes), undefined);
    tryDecode(summed(new Uint8Array([...prefix, ...bytes])));
  }));
});

Deno.test("the bytes of a small plan are as documented", () => {
  const bytes = encodePlan(
    plan({ operation: "umask", phase: "init", origin: { file: "f", line: 2, column: 3 }, mask: 18 }),
  );
  const header = [..."REDPLAN\0"].map((character) => character.charCodeAt(0));
  assert.deepEqual([...bytes], [
    ...header,
    ...[1, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0],
    ...new Uint8Array(Uint32Array.of(checksum(bytes, 20)).buffer),
    ...[2, 0, 0, 0, 0x2f, 0x6e, 0, 0], // "/n"
    ...[1, 0, 0, 0, 0x61, 0, 0, 0], // "a"
    ...[0, 0, 0, 0], // not admin
    ...[OPERATIONS.umask.code, 0, 1, 0, 28, 0, 0, 0],
    ...[1, 0, 0, 0, 0x66, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], // f:2:3
    ...[18, 0, 0, 0],
  ]);
});

Deno.test("every item is a multiple of four bytes long", () => {
  fc.assert(fc.property(arbitraryPlan, (plan) => assert.equal(encodePlan(plan).length % 4, 0)));
});

Deno.test("a plan with pending commands has no binary form", () => {
  const where = { file: "f", line: 1, column: 1 };
  const pending = [{ command: "id", use: "export", where }] as const;
  assert.throws(() => encodePlan({ ...empty, pending }), { code: "E_PLAN_UNENCODABLE" });
});

Deno.test("text that the kernel or UTF-8 cannot carry has no binary form", () => {
  for (const name of ["a\0b", "\ud800", "x\udc00"]) {
    const refused = plan({ operation: "hostname", phase: "init", name });
    assert.throws(() => encodePlan(refused), { code: "E_PLAN_UNENCODABLE" }, JSON.stringify(name));
  }
});

Deno.test("an origin without a file has no binary form", () => {
  const refused = plan({ operation: "fork", phase: "init", origin: { file: "", line: 1, column: 1 } });
  assert.throws(() => encodePlan(refused), { code: "E_PLAN_UNENCODABLE" });
});

Deno.test("a field that makes no sense is refused with its offset", () => {
  const join = plan({ operation: "join", phase: "init", namespace: "net", source: { descriptor: 3 } });
  const size = encodePlan(join).length;
  const record = size - 44; // head 8, origin 16, namespace 4, source 16
  const cases: readonly (readonly [at: number, word: number, message: RegExp])[] = [
    [8, 2, /byte 8: version 2 is not supported/],
    [12, size + 4, /byte 12: its size should be/],
    [record, 99, /operation 99 is not known/],
    [record, 14 | 2 << 16, /phase 2 is not known/],
    [record + 4, 4, /4 bytes are too few for a record/],
    [record + 16, 7, /an origin without a file has a line/],
    [record + 24, 0x6000_0000, /not one namespace/],
    [record + 24, 0, /not one namespace/],
    [record + 24, 1, /unknown bits are set/],
    [record + 28, 2, /kind 2 is not known/],
    [record + 28, 0, /a path comes with something else/],
  ];
  for (const [at, word, message] of cases) {
    const bytes = encodePlan(join);
    new DataView(bytes.buffer).setUint32(at, word, true);
    assert.throws(() => decodePlan(summed(bytes)), { code: "E_PLAN_MALFORMED", message }, `${word} at ${at}`);
    const damaged = { code: "E_PLAN_MALFORMED", message: /byte 20: it is damaged/ };
    bytes[20]! ^= 1;
    if (at > 20) assert.throws(() => decodePlan(bytes), damaged);
  }
});

Deno.test("numbers out of range have no binary form", () => {
  for (const mask of [-1, 1.5, NaN, 2 ** 32]) {
    assert.throws(() => encodePlan(plan({ operation: "umask", phase: "init", mask })), { code: "E_PLAN_UNENCODABLE" });
  }
  for (const soft of [-1n, 2n ** 64n]) {
    const refused = plan({ operation: "rlimit", phase: "init", resource: 7, soft, hard: 0n, unless: "" });
    assert.throws(() => encodePlan(refused), { code: "E_PLAN_UNENCODABLE" });
  }
});

Deno.test("codes of operations and letters of kinds are unambiguous", () => {
  const codes = Object.values(OPERATIONS).map((row) => row.code);
  assert.equal(new Set(codes).size, codes.length);
  const letters = Object.values(KIND_LETTERS);
  assert.equal(new Set(letters).size, letters.length);
  assert.equal(BINARY_FORMAT.magic.length, 8);
});
