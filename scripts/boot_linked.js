// The main module of the linked binary: index of the parts, [name, bytes] of each, and where they lie in memory, one behind
// the other (ffi/entry/entry.c, scripts/build.ts). As arguments they would be copied several times before the first line of the
// program.
import { boot } from "./boot.js";

const [index, address, ...words] = Deno.args;
const memory = new Deno.UnsafePointerView(Deno.UnsafePointer.create(BigInt(`0x${address}`)));
const places = new Map();
let end = 0;
for (const [name, size] of JSON.parse(index)) {
  places.set(name, [end, size]);
  end += size;
}
// A view of the memory, not a copy. It is taken now: soon the permission is given up.
const bytes = new Uint8Array(memory.getArrayBuffer(end));
const decoder = new TextDecoder();

boot(
  (name) => {
    const [at, size] = places.get(name) ?? [];
    return at === undefined ? undefined : decoder.decode(bytes.subarray(at, at + size));
  },
  places.keys().next().value,
  words,
);
