/** Times of programs that are run side by side. */

/** Medians of what one step takes. */
export interface Cost {
  /** Milliseconds on the clock. */
  readonly ms: number;
  /** Milliseconds of processors, of all processes that were started for it; in ticks of ten. */
  readonly cpu: number;
}

/** A step, and what has to be done before each time, which does not count. */
export interface Step {
  readonly prepare?: () => unknown;
  readonly run: () => unknown;
}

/** Runs a program to its end; throws where it fails. */
export function run(command: string, args: readonly string[], failing = false): void {
  const { success, stderr } = new Deno.Command(command, { args: [...args], stdin: "null", stdout: "null" })
    .outputSync();
  if (!success && !failing) throw new Error(`${command} ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

/** What each step takes, one round after the other: whatever else the machine does falls on all of them alike. */
export async function measure(
  steps: Readonly<Record<string, Step>>,
  rounds: number,
): Promise<Record<string, Cost>> {
  const costs: Record<string, Cost[]> = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, { prepare, run }] of Object.entries(steps)) {
      await prepare?.();
      const [before, start] = [childrenCpu(), performance.now()];
      await run();
      const cost = { ms: performance.now() - start, cpu: childrenCpu() - before };
      if (round >= 0) costs[name]!.push(cost); // the first warms up
    }
  }
  const medians = Object.entries(costs).map(([name, list]) => {
    return [name, { ms: median(list.map(({ ms }) => ms)), cpu: median(list.map(({ cpu }) => cpu)) }];
  });
  return Object.fromEntries(medians);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const TICK = 10;

/** Of the children that have ended, and of theirs: `cutime` and `cstime` of proc_pid_stat(5). */
export function childrenCpu(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").replace(/^.*\) /, "").split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK;
}

/** Whether a program is there. */
export function isThere(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).outputSync().success;
}
