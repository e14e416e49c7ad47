import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { checksum } from "./checksum.ts";

Deno.test("whatever changes in one word is found", () => {
  const change = fc.record({ place: fc.nat(), mask: fc.integer({ min: 1, max: 0xffff_ffff }) });
  fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 64 }), change, (bytes, { place, mask }) => {
    const words = bytes.slice(0, bytes.length & ~3);
    const changed = words.slice();
    const at = place % (words.length / 4) * 4;
    const view = new DataView(changed.buffer);
    view.setUint32(at, view.getUint32(at) ^ mask);
    assert.notEqual(checksum(changed), checksum(words));
    assert.equal(checksum(changed, at), checksum(words, at));
  }));
});

Deno.test("the order of words counts, and those of a view begin where it does", () => {
  const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8);
  assert.equal(checksum(bytes.subarray(1)), checksum(bytes.slice(1)));
  assert.notEqual(checksum(bytes.subarray(1)), checksum(Uint8Array.of(5, 6, 7, 8, 1, 2, 3, 4)));
});

Deno.test("sums are those of the stage", () => {
  assert.equal(checksum(Uint8Array.of(1)), 0x0100_0193);
  assert.equal(checksum(Uint8Array.of(1, 0, 0, 0, 2)), Math.imul(0x0100_0193 << 5 ^ 2, 0x0100_0193) >>> 0);
});
