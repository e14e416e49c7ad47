// The main module of the linked binary: index of the parts, [name, bytes, needs] of each, and where they lie in memory, one behind
// the other (ffi/entry/entry.c, scripts/build.ts). As arguments they would be copied several times before the first line of the
// program.
import { boot } from "./boot.js";

const [index, address, ...words] = Deno.args;
const memory = new Deno.UnsafePointerView(Deno.UnsafePointer.create(BigInt(`0x${address}`)));
const places = new Map();
let end = 0;
for (const [name, size, needs] of JSON.parse(index)) {
  places.set(name, { start: end, end: end += size, needs });
}
// A view of the memory, not a copy. It is taken now: soon the permission is given up.
const bytes = new Uint8Array(memory.getArrayBuffer(end));
const decoder = new TextDecoder();

boot(
  (name) => {
    const place = places.get(name);
    return place === undefined ? undefined : decoder.decode(bytes.subarray(place.start, place.end));
  },
  (name) => places.get(name).needs,
  places.keys().next().value,
  words,
);
