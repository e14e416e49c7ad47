import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { openProcess, parseStat, readChildren, readLinkOf, readStat, waitForEnd } from "./process.ts";

Deno.test("a command with parentheses and spaces does not shift the fields", () => {
  const text = "42 (a) S 1 (b) Z 7 1 1 0 -1 4194560 1 2 3 4 10 5 0 0 20 0 3 0 4711 1000 20 18446744073709551615\n";
  assert.deepEqual(parseStat(text), {
    pid: 42,
    command: "a) S 1 (b",
    state: "Z",
    parent: 7,
    cpuTicks: 15,
    nice: 0,
    threads: 3,
    startTime: 4711,
  });
});

Deno.test("a process is named by its pid and its start time together", () => {
  const { pid, startTime } = readStat(libc(), "self")!;
  using process = openProcess(libc(), pid, startTime);
  assert(process !== undefined);
  assert.equal(waitForEnd(libc(), process, 1), false, "it lives");
  assert.equal(openProcess(libc(), pid, startTime + 1), undefined);
});

Deno.test("what does not exist is nothing, not an error", () => {
  const absent = 2 ** 22 + 1; // above the kernel's limit of pids
  assert.equal(readStat(libc(), absent), undefined);
  assert.equal(readLinkOf(libc(), absent, "ns/pid"), undefined);
  assert.deepEqual(readChildren(libc(), absent), []);
  assert.equal(openProcess(libc(), absent, 1), undefined);
});
