/** How long a sandbox takes from the command to its end. */
import { must, type Sandbox } from "./_sandboxes.ts";

export interface StartTime {
  /** Milliseconds. */
  readonly median: number;
  readonly p95: number;
}

/** What starts a program and measures it: tests/bench/measure.c. */
export type Measure = (sandbox: Sandbox, program: readonly string[], count: number) => number[];

export function measureWith(measure: string): Measure {
  return ({ uid, env = {}, start }, program, count) => {
    const words = [String(uid), String(count), ...start(program, 0)];
    return must(measure, words, { env }).trim().split("\n").map((line) => Number(line.split(" ")[0]) / 1e6);
  };
}

/** Each in turn, round by round: whatever else the machine does falls on all of them alike. */
export function startTimes(sandboxes: readonly Sandbox[], measure: Measure, rounds: number): Map<string, StartTime> {
  const samples = new Map(sandboxes.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const sandbox of sandboxes) {
      const times = measure(sandbox, ["true"], 1);
      if (round >= 0) samples.get(sandbox.name)!.push(...times); // those before warm up
    }
  }
  return new Map([...samples].map(([name, list]) => [name, { median: share(list, 0.5), p95: share(list, 0.95) }]));
}

/** Launches in a second, as many at once as there are processors. */
export async function throughput(sandbox: Sandbox, measure: string, count: number): Promise<number> {
  const { uid, env = {}, start } = sandbox;
  const loops = navigator.hardwareConcurrency;
  const began = performance.now();
  await Promise.all(Array.from({ length: loops }, async (_, loop) => {
    const args = [String(uid), String(count), ...start(["true"], loop)];
    const { success } = await new Deno.Command(measure, { args, env, stdin: "null", stdout: "null" }).output();
    if (!success) throw new Error(`${sandbox.name} fails when it is started ${loops} times at once`);
  }));
  return loops * count / ((performance.now() - began) / 1000);
}

export function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
