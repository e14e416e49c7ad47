/** What running sandboxes take beside their programs. */
import { must, type Sandbox } from "./_sandboxes.ts";
import { type Measure, share } from "./_start_times.ts";

export interface Footprint {
  /** Beside the program, for one sandbox of ten. */
  readonly processes: number;
  /** Pss of those, in KiB. */
  readonly pss: number;
  /** Memory that a control group grows by with each sandbox, the program with it, in KiB: from none to 10, and from 10 to 100. */
  readonly slopes: readonly number[] | undefined;
}

/** A control group for memory, of version 2 or 1; undefined where there is none. */
class MemoryGroup implements AsyncDisposable {
  private constructor(private readonly path: string, private readonly usage: string) {}

  static make(): MemoryGroup | undefined {
    for (
      const [root, usage] of [["/sys/fs/cgroup", "memory.current"], ["/sys/fs/cgroup/memory", "memory.usage_in_bytes"]]
    ) {
      const path = `${root}/redpak-bench-${Deno.pid}`;
      try {
        Deno.mkdirSync(path);
        Deno.statSync(`${path}/${usage}`);
        return new MemoryGroup(path, usage!);
      } catch {
        try {
          Deno.removeSync(path);
        } catch { /* it was not made */ }
      }
    }
  }

  /** The words that start a command in it. */
  enter(words: readonly string[]): string[] {
    return ["sh", "-c", `echo $$ > ${this.path}/cgroup.procs && exec "$@"`, "sh", ...words];
  }

  get bytes(): number {
    return Number(Deno.readTextFileSync(`${this.path}/${this.usage}`));
  }

  /** Ends whatever is in it: some peers leave processes of their own. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      for (const pid of Deno.readTextFileSync(`${this.path}/cgroup.procs`).split("\n").filter(Boolean)) {
        kill(Number(pid));
      }
      try {
        return Deno.removeSync(this.path);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`${this.path} cannot be removed`);
  }
}

/** Starts up to 100 of them, 10 first. */
export async function footprint(sandbox: Sandbox, most = 100): Promise<Footprint> {
  await using group = MemoryGroup.make();
  const running: Deno.ChildProcess[] = [];
  const used = [group?.bytes ?? 0];
  let [processes, pss] = [0, 0];
  try {
    for (const count of [10, most]) {
      while (running.length < count) running.push(startOne(sandbox, running.length, group));
      const all = await settled(running.map(({ pid }) => pid), count);
      used.push(group?.bytes ?? 0);
      if (count !== 10) continue;
      const beside = all.filter((pid) => nameOf(pid) !== "sleep");
      processes = beside.length / count;
      pss = beside.reduce((sum, pid) => sum + pssOf(pid), 0) / count;
    }
  } finally {
    await end(running);
  }
  const slopes = [[1, 0, 10], [2, 1, most - 10]] as const;
  return {
    processes,
    pss,
    slopes: group && slopes.map(([to, from, count]) => (used[to]! - used[from]!) / count / 1024),
  };
}

export interface Crowd {
  readonly running: number;
  /** The start of one more beside so many, by that beside ten. */
  readonly ratio: number;
}

/** Whether the cost of a start grows with what runs already. */
export async function crowd(sandbox: Sandbox, measure: Measure, most: number): Promise<Crowd> {
  const running: Deno.ChildProcess[] = [];
  const medians: number[] = [];
  try {
    for (const count of [10, most]) {
      while (running.length < count) {
        running.push(startOne(sandbox, running.length, undefined));
        // Not all at once: it is the start beside them that is asked about.
        if (running.length % 20 === 0) await settled(running.map(({ pid }) => pid), running.length);
      }
      await settled(running.map(({ pid }) => pid), count);
      medians.push(share(measure(sandbox, ["true"], 60), 0.5));
    }
  } finally {
    await end(running);
  }
  return { running: most, ratio: medians[1]! / medians[0]! };
}

function startOne(
  { uid, env = {}, start }: Sandbox,
  number: number,
  group: MemoryGroup | undefined,
): Deno.ChildProcess {
  const words = start(["sleep", "1000"], number);
  const asUser = uid === 0 ? words : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--", ...words];
  const [command = "", ...args] = group === undefined ? asUser : group.enter(asUser);
  return new Deno.Command(command, { args, env, stdin: "null", stdout: "null", stderr: "null" }).spawn();
}

/** All processes of them, when each has its program. */
async function settled(pids: readonly number[], programs: number): Promise<number[]> {
  for (let tries = 0; tries < 600; tries++) {
    const all = pids.flatMap(descendants);
    const started = all.filter((pid) => nameOf(pid) === "sleep");
    if (started.length === programs) {
      // What init gives back, it gives back when the program has begun.
      await new Promise((resolve) => setTimeout(resolve, 500));
      return all;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("not all programs have started within a minute");
}

async function end(running: readonly Deno.ChildProcess[]): Promise<void> {
  for (const { pid } of running) {
    descendants(pid).toReversed().forEach(kill);
  }
  await Promise.all(running.map(({ status }) => status));
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch { /* it has ended with another */ }
}

function descendants(pid: number): number[] {
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
    const children = threads.flatMap((thread) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number)
    );
    return [pid, ...children.flatMap(descendants)];
  } catch {
    return []; // it has ended
  }
}

function nameOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
  } catch {
    return "";
  }
}

function pssOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** KiB of the disk that a file or a directory takes. */
export function diskUse(path: string): number {
  return Number(must("du", ["-sk", path]).split("\t")[0]);
}
