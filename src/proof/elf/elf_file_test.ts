import assert from "node:assert/strict";
import * as fc from "fast-check";
import { elfBytes } from "./_elf.ts";
import { parseElf } from "./elf_file.ts";

const parse = (bytes: Uint8Array) => parseElf((offset, length) => bytes.subarray(offset, offset + length));

const word = fc.stringMatching(/^[\w./$-]{1,40}$/);
const directories = fc.array(fc.stringMatching(/^[\w./$-]{1,30}$/), { maxLength: 3 });
const wish = fc.record({
  is64: fc.boolean(),
  isLittle: fc.boolean(),
  machine: fc.constantFrom(3, 40, 62, 183, 243),
  isFixed: fc.boolean(),
  interpreter: fc.option(word, { nil: undefined }),
  needed: fc.array(word, { maxLength: 6 }),
  soname: fc.option(word, { nil: undefined }),
  rpath: directories,
  runpath: directories,
  wants: fc.array(fc.record({ library: word, version: word, weak: fc.boolean() }, { noNullPrototype: true }), {
    maxLength: 5,
  }),
  versions: fc.uniqueArray(word, { maxLength: 5 }),
}, { noNullPrototype: true });

Deno.test("what an ELF file says to the dynamic linker is read, whatever its class, byte order and machine", () => {
  fc.assert(fc.property(wish, ({ is64, isLittle, machine, versions, ...rest }) => {
    assert.deepEqual(parse(elfBytes({ is64, isLittle, machine, versions, ...rest })), {
      abi: `${is64 ? 64 : 32}-bit ${isLittle ? "little" : "big"}-endian machine ${machine}`,
      machine,
      versions: new Set(versions),
      ...rest,
    });
  }));
});

Deno.test("what is no program and no library is none: other files, objects, what is put aside for debuggers", () => {
  const program = elfBytes({ needed: ["libc.so.6"] });
  const object = program.slice();
  object[16] = 1;
  for (const bytes of [new Uint8Array(), new TextEncoder().encode("#!/bin/sh\n"), program.subarray(0, 15), object]) {
    assert.equal(parse(bytes), undefined);
  }
  assert.equal(parse(elfBytes({ needed: ["libc.so.6"], debug: true })), undefined);
});

Deno.test("a damaged file is found to be damaged, or is read; it never ends in anything else", () => {
  const change = fc.tuple(fc.integer({ min: 0, max: 0x7000 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(wish, fc.array(change, { maxLength: 8 }), fc.integer({ min: 16, max: 0x10000 }), (of, changes, end) => {
      const bytes = elfBytes(of);
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        parse(bytes.subarray(0, end));
      } catch (error) {
        assert(error instanceof RangeError, String(error));
      }
    }),
  );
});
