/** Times of programs that are run side by side. */

/** Medians of what one step takes. */
export interface Cost {
  /** Milliseconds on the clock. */
  readonly ms: number;
  /** Milliseconds of processors, of all processes that were started for it; undefined for what is none. */
  readonly cpu?: number;
  /** MiB of memory, of the largest of these processes; pages of files that others use too count as well. */
  readonly memory?: number;
}

/** A step, and what has to be done before each time, which does not count. */
export interface Step {
  readonly prepare?: () => unknown;
  /** What it says that it took counts; else the time on the clock. */
  readonly run: () => Cost | void | Promise<Cost | void>;
}

/** Runs a program to its end; throws where it fails. */
export function run(command: string, args: readonly string[]): void {
  const { success, stderr } = new Deno.Command(command, { args: [...args], stdin: "null", stdout: "null" })
    .outputSync();
  if (!success) throw new Error(`${command} ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Runs commands by tests/bench/measure.c, which it compiles. */
export class Meter {
  readonly #program: string;

  /** @param scratch a directory for the program */
  constructor(scratch: string) {
    this.#program = `${scratch}/measure`;
    run("cc", ["-O2", "-static", "-o", this.#program, new URL("measure.c", import.meta.url).pathname]);
  }

  /** Runs a command to its end; throws where it fails. */
  run(command: string, args: readonly string[]): Cost {
    const { success, stdout, stderr } = new Deno.Command(this.#program, {
      args: ["0", "1", command, ...args],
      stdin: "null",
    }).outputSync();
    if (!success) throw new Error(`${command} ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
    const [nanoseconds = 0, microseconds = 0, kibibytes = 0] = new TextDecoder().decode(stdout).split(" ").map(Number);
    return { ms: nanoseconds / 1e6, cpu: microseconds / 1e3, memory: kibibytes / 1024 };
  }

  /** The same for one that is to fail. */
  runFailing(command: string, args: readonly string[]): Cost {
    return this.run("sh", ["-c", '"$@" 2>/dev/null; true', "sh", command, ...args]);
  }
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
      const start = performance.now();
      const cost = await run() ?? { ms: performance.now() - start };
      if (round >= 0) costs[name]!.push(cost); // the first warms up
    }
  }
  return Object.fromEntries(Object.entries(costs).map(([name, list]) => [name, medians(list)]));
}

function medians(costs: readonly Cost[]): Cost {
  const of = (key: keyof Cost) => median(costs.flatMap((cost) => cost[key] ?? []));
  const [{ cpu, memory } = {} as Partial<Cost>] = costs;
  return {
    ms: of("ms"),
    ...cpu === undefined ? {} : { cpu: of("cpu") },
    ...memory === undefined ? {} : { memory: of("memory") },
  };
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
