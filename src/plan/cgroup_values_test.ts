import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  BANDWIDTH,
  IO_COST_MODEL,
  IO_COST_QOS,
  IO_MAX,
  IO_WEIGHT,
  LIST,
  listed,
  NICE,
  PARTITION,
  PROCESSES,
  SIZE,
  SWITCH,
  type ValueKind,
  WEIGHT,
} from "./cgroup_values.ts";

const KINDS: Readonly<Record<string, readonly [ValueKind, good: Readonly<Record<string, string>>, bad: string[]]>> = {
  "a size": [
    SIZE,
    { "0": "0", "4096": "4096", "10M": "10M", "1g": "1g", "max": "max" },
    ["", "-1", "1.5G", "10MB", "1 G", "MAX", "0x10", "9999999P", "1E"],
  ],
  "a number of processes": [PROCESSES, { "2": "2", "512": "512", "max": "max" }, ["0", "1", "-1", "4194305", "1K"]],
  "a bandwidth": [
    BANDWIDTH,
    { "50000": "50000 100000", "max": "max 100000", "20000 50000": "20000 50000", "max 1000": "max 1000" },
    ["", "999", "50000 999", "50000 1000001", "50%", "1 2 3", "4g"],
  ],
  "a weight": [WEIGHT, { "1": "1", "10000": "10000", "0100": "100" }, ["0", "10001", "-1", "1.5", "max", ""]],
  "a nice value": [NICE, { "-20": "-20", "0": "0", "19": "19" }, ["-21", "20", "+1", ""]],
  "a switch": [SWITCH, { "0": "0", "1": "1" }, ["2", "true", ""]],
  "a list": [LIST, { "0": "0", "0-3,6": "0-3,6" }, ["", "3-0", "a", "0-", "-1", "0,,1", "0 1", "100000"]],
  "a partition": [PARTITION, { "member": "member", "isolated": "isolated" }, ["Root", "none", ""]],
  "limits of devices": [
    IO_MAX,
    {
      "8:16 rbps=2097152 wiops=max": "8:16 rbps=2097152 wiops=max wbps=max riops=max",
      "8:0 rbps=1\n  8:16   wbps=2\n":
        "8:0 rbps=1 wbps=max riops=max wiops=max\n8:16 wbps=2 rbps=max riops=max wiops=max",
    },
    ["", "8:16", "8 rbps=1", "8:16 rbps=0", "8:16 rbps=1 rbps=2", "8:16 speed=1", "8:16 rbps", "8:16 rbps=1\nx"],
  ],
  "weights of devices": [
    IO_WEIGHT,
    { "100": "default 100", "default 5": "default 5", "8:16 200": "8:16 200", "50\n8:0 60": "default 50\n8:0 60" },
    ["", "0", "10001", "8:16", "sda 100"],
  ],
  "a quality of service": [
    IO_COST_QOS,
    { "8:16 enable=1 ctrl=user rpct=95.00 rlat=75000": "8:16 enable=1 ctrl=user rpct=95.00 rlat=75000" },
    ["8:16", "8:16 enable=2", "8:16 rbps=1"],
  ],
  "a cost model": [IO_COST_MODEL, { "8:16 model=linear rbps=1": "8:16 model=linear rbps=1" }, ["8:16 model=cubic"]],
};

for (const [name, [kind, good, bad]] of Object.entries(KINDS)) {
  Deno.test(`${name} is taken as the kernel means it, and nothing else`, () => {
    for (const [text, written] of Object.entries(good)) assert.equal(kind.read(text)?.join("\n"), written, text);
    for (const text of bad) assert.equal(kind.read(text), undefined, text);
  });
}

Deno.test("a value that is taken is taken again as it is written, and is one line for each write", () => {
  for (const [kind, good] of Object.values(KINDS)) {
    for (const text of Object.keys(good)) {
      for (const line of kind.read(text) ?? []) {
        assert.deepEqual(kind.read(line), [line]);
        assert.doesNotMatch(line, /\n/);
      }
    }
  }
});

Deno.test("no text makes a reader fail or lets a control character through", () => {
  const readers = Object.values(KINDS).map(([kind]) => kind);
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9KMG:=, \n-]{0,12}$/), fc.string({ unit: "binary" }));
  fc.assert(fc.property(text, (text) => {
    // deno-lint-ignore no-control-regex
    for (const { read } of readers) assert.doesNotMatch(read(text)?.join("") ?? "", /[\u0000-\u001f\u007f-\uffff]/);
  }));
});

Deno.test("limits are compared by what they allow", () => {
  const larger = (kind: ValueKind, a: string, b: string) => kind.amount!(a) > kind.amount!(b);
  assert.ok(larger(SIZE, "max", "1P") && larger(SIZE, "1G", "1000M") && !larger(SIZE, "1024", "1K"));
  assert.ok(larger(PROCESSES, "max", "4194304"));
  assert.ok(larger(BANDWIDTH, "30000 50000", "50000 100000") && larger(BANDWIDTH, "max 1000", "1000000 1000"));
});

Deno.test("a list is the numbers of its ranges", () => {
  assert.deepEqual([...listed("0-2,5") ?? []], [0, 1, 2, 5]);
  assert.equal(listed("")?.size, 0);
});

Deno.test("what the kernel shows of a value is told from another one", () => {
  const shown = (kind: ValueKind, text: string, content: string) =>
    kind.read(text)!.every((line) => kind.isShown(line, content));
  const same: readonly [ValueKind, string, string][] = [
    [SIZE, "64M", "67108864"],
    [SIZE, "1000000", "999424"],
    [SIZE, "1000000", "983040"],
    [SIZE, "2p", "2251799813685248"],
    [SIZE, "max", "max"],
    [SIZE, "8191P", "9222246136947933184"],
    [SIZE, "0", "0"],
    [PROCESSES, "030", "30"],
    [BANDWIDTH, "050000", "50000 100000"],
    [BANDWIDTH, "max", "max 100000"],
    [LIST, "0,1,2,5", "0-2,5"],
    [NICE, "-5", "-5"],
    [IO_MAX, "8:0 wbps=1 rbps=5", "8:16 rbps=7 wbps=max riops=max wiops=max\n8:0 rbps=5 wbps=1 riops=max wiops=max"],
    [IO_MAX, "8:0 rbps=max", ""],
    [IO_WEIGHT, "50\n8:0 60", "default 50\n8:0 60"],
    [IO_COST_QOS, "8:0 enable=1 rpct=95", "8:0 enable=1 ctrl=auto rpct=95.00 rlat=0"],
  ];
  for (const [kind, text, content] of same) assert.equal(shown(kind, text, content), true, `${text}: ${content}`);
  const others: readonly [ValueKind, string, string][] = [
    [SIZE, "64M", "67104768"],
    [SIZE, "64M", "67112960"],
    [SIZE, "64M", "max"],
    [SIZE, "max", "67108864"],
    [SIZE, "64M", ""],
    [PROCESSES, "30", "31"],
    [PROCESSES, "30", "max"],
    [BANDWIDTH, "50000", "50000 10000"],
    [BANDWIDTH, "50000", "max 100000"],
    [LIST, "0", "0-1"],
    [PARTITION, "root", "root invalid (Parent is not a partition root)"],
    [IO_MAX, "8:0 rbps=5", "8:0 rbps=5 wbps=1 riops=max wiops=max"],
    [IO_MAX, "8:0 rbps=5", "8:16 rbps=5 wbps=max riops=max wiops=max"],
    [IO_WEIGHT, "8:0 60", "default 60"],
  ];
  for (const [kind, text, content] of others) assert.equal(shown(kind, text, content), false, `${text}: ${content}`);
});
