import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { attachPlan } from "./attach_plan.ts";

/** An executable with two loaded segments, the second empty. */
function emptyStage(length: number, align: bigint): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xcc);
  const view = new DataView(bytes.buffer);
  bytes.fill(0, 0, 64 + 3 * 56);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(32, 64n, true); // e_phoff
  view.setUint16(54, 56, true); // e_phentsize
  view.setUint16(56, 3, true); // e_phnum
  for (const [index, type, size] of [[0, 1, BigInt(length)], [1, 1, 0n], [2, 0x6474e551, 0n]] as const) {
    view.setUint32(64 + index * 56, type, true);
    view.setBigUint64(64 + index * 56 + 32, size, true);
    view.setBigUint64(64 + index * 56 + 40, size, true);
    view.setBigUint64(64 + index * 56 + 48, align, true);
  }
  return bytes;
}

const PLAN = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);

/** The fields of the second program header: offset, virtual and physical address, sizes in file and memory. */
function planSegment(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return [8, 16, 24, 32, 40].map((field) => view.getBigUint64(64 + 56 + field, true));
}

Deno.test("the plan becomes the last segment, at the page behind the stage", () => {
  const stage = emptyStage(9000, 4096n);
  const whole = attachPlan(stage, PLAN);
  assert.deepEqual(planSegment(whole), [12288n, 0x1000_0000n, 0x1000_0000n, 5000n, 5000n]);
  assert.equal(whole.length, 12288 + 5000);
  assert.deepEqual(whole.subarray(12288), PLAN);
  assert.deepEqual(whole.subarray(64 + 3 * 56, 9000), stage.subarray(64 + 3 * 56));
});

Deno.test("offset and address agree where pages are larger than the file's steps", () => {
  const [offset, address] = planSegment(attachPlan(emptyStage(9000, 65536n), PLAN));
  assert.equal(offset! % 65536n, address! % 65536n);
});

Deno.test("the stage itself is left as it was", () => {
  const stage = emptyStage(9000, 4096n);
  const before = stage.slice();
  attachPlan(stage, PLAN);
  assert.deepEqual(stage, before);
});

Deno.test("a stage that begins inside a larger buffer is read from its own beginning", () => {
  const stage = emptyStage(9000, 4096n);
  const buffer = new Uint8Array(9100);
  buffer.set(stage, 100);
  assert.deepEqual(attachPlan(buffer.subarray(100), PLAN), attachPlan(stage, PLAN));
});

Deno.test("what is not a stage with an empty place is refused", () => {
  const withPlan = attachPlan(emptyStage(9000, 4096n), PLAN);
  const damaged = emptyStage(9000, 4096n);
  new DataView(damaged.buffer).setBigUint64(32, 8990n, true);
  for (const stage of [new Uint8Array(0), new Uint8Array(9000), withPlan, damaged, emptyStage(9000, 0n)]) {
    assert.throws(
      () => attachPlan(stage, PLAN),
      (error) => error instanceof RedpakError && error.code === "E_STAGE_INVALID",
    );
  }
});
