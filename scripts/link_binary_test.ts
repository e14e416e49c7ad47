import assert from "node:assert/strict";
import { buildEntry } from "./build_entry.ts";
import { linkBinary } from "./link_binary.ts";
import { run } from "./run.ts";

/** Stands for deno: prints what it was started with, and what lies where its fourth word says. */
const RUNTIME = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
extern char **environ;
int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++) {
    if (i == 3 && strlen(argv[i]) == 16) printf("text:%s\\n", (char *)strtoul(argv[i], NULL, 16));
    else printf("argv:%s\\n", argv[i]);
  }
  for (char **at = environ; *at; at++) printf("env:%s\\n", *at);
  printf("page size:%lu end:%d\\n", getauxval(AT_PAGESZ), argv[argc] == NULL);
}
`;
const scratch = Deno.makeTempDirSync({ prefix: "redpak-link-" });
Deno.writeTextFileSync(`${scratch}/runtime.c`, RUNTIME);
// -fPIC: `environ` is reached through the global offset table, as in deno.
await run("cc", ["-fPIC", "-pie", "-o", `${scratch}/runtime`, `${scratch}/runtime.c`]);
const compiled = Deno.readFileSync(`${scratch}/runtime`);
const realEntry = await buildEntry(`${scratch}/entry`);
Deno.removeSync(scratch, { recursive: true });

const runtime = () => compiled.slice();
const entry = new Uint8Array(40).fill(0x90);
const text = new TextEncoder().encode("text of the program");
const launch = { arguments: ["redpak", "run", "é"], environment: ["A=1"], text };

interface Header {
  type: number;
  offset: number;
  vaddr: number;
  size: number;
}

function headers(elf: Uint8Array): Header[] {
  const view = new DataView(elf.buffer);
  const first = Number(view.getBigUint64(32, true));
  return Array.from({ length: view.getUint16(56, true) }, (_, index) => {
    const at = first + index * 56;
    const word = (offset: number) => Number(view.getBigUint64(at + offset, true));
    return { type: view.getUint32(at, true), offset: word(8), vaddr: word(16), size: word(32) };
  });
}

Deno.test("everything but the ELF header stays as it was, and one segment is added", () => {
  const before = runtime();
  const after = linkBinary(before, entry, launch);
  assert.deepEqual(after.subarray(64, before.length), before.subarray(64));
  const [old, linked] = [headers(before), headers(after)];
  assert.equal(linked.length, old.length + 1);
  const PT_PHDR = 6;
  assert.deepEqual(linked.slice(0, -1).filter((it) => it.type !== PT_PHDR), old.filter((it) => it.type !== PT_PHDR));
});

Deno.test("the new segment begins with the entry code, holds the header table, and is loaded where it is in the file", () => {
  const after = linkBinary(runtime(), entry, launch);
  const view = new DataView(after.buffer);
  const added = headers(after).at(-1)!;
  assert.equal(added.offset, added.vaddr);
  assert.equal(added.offset % 4096, 0);
  assert.equal(added.offset + added.size, after.length);
  assert.equal(Number(view.getBigUint64(24, true)), added.vaddr, "entry point");
  assert.deepEqual(after.subarray(added.offset, added.offset + entry.length), entry);
  const table = headers(after).find((it) => it.type === 6);
  if (table !== undefined) assert.equal(table.offset, Number(view.getBigUint64(32, true)));
});

Deno.test("the launch table names the original entry point, and every string in order", () => {
  const before = runtime();
  const after = linkBinary(before, entry, launch);
  const view = new DataView(after.buffer);
  const table = headers(after).at(-1)!.offset + 48; // the entry code, rounded up to 16
  const word = (index: number) => Number(view.getBigInt64(table + index * 8, true));
  const text = (index: number) => {
    const start = table + word(index);
    return new TextDecoder().decode(after.subarray(start, after.indexOf(0, start)));
  };
  assert.equal(table + word(0), Number(new DataView(before.buffer).getBigUint64(24, true)));
  assert.deepEqual(after.subarray(table + word(2)), launch.text, "the last bytes of the file");
  assert.deepEqual([word(3), word(4)], [3, 1]);
  assert.deepEqual([5, 6, 7, 8].map(text), ["redpak", "run", "é", "A=1"]);
});

Deno.test("same inputs, same bytes", () => {
  assert.deepEqual(linkBinary(runtime(), entry, launch), linkBinary(runtime(), entry, launch));
});

Deno.test("what cannot be linked is refused", () => {
  assert.throws(() => linkBinary(new TextEncoder().encode("#!/bin/sh".padEnd(64)), entry, launch), /not an ELF file/);
  const fixed = runtime();
  fixed[16] = 2; // ET_EXEC
  assert.throws(() => linkBinary(fixed, entry, launch), /not position independent/);
  assert.throws(() => linkBinary(runtime(), entry, { ...launch, arguments: ["a\0b"] }), /NUL/);
});

/** What a linked program is started with. */
async function started(args: string[], env: Record<string, string>): Promise<string[]> {
  const folder = Deno.makeTempDirSync({ prefix: "redpak-link-" });
  try {
    Deno.writeFileSync(`${folder}/linked`, linkBinary(runtime(), realEntry, launch), { mode: 0o755 });
    const { code, stdout } = await new Deno.Command(`${folder}/linked`, { args, env, clearEnv: true }).output();
    assert.equal(code, 0);
    return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => line.replace(folder, ""));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a linked program finds its own words, its text, then the caller's name, environment and arguments", async () => {
  assert.deepEqual(await started(["one", "", "--"], { DENO_DIR: "/evil" }), [
    ...["redpak", "run", "é"].map((it) => `argv:${it}`),
    "text:text of the program",
    ...["/linked", "DENO_DIR=/evil", "", "one", "", "--"].map((it) => `argv:${it}`),
    "env:A=1",
    "page size:4096 end:1",
  ]);
});

Deno.test("a linked program starts without arguments and environment", async () => {
  assert.deepEqual(await started([], {}), [
    ...["redpak", "run", "é"].map((it) => `argv:${it}`),
    "text:text of the program",
    ...["/linked", ""].map((it) => `argv:${it}`),
    "env:A=1",
    "page size:4096 end:1",
  ]);
});
