/** A program in a node, as the host sees it in /proc. */

import { type Mount, parseMountInfo } from "../../src/host/mount_info.ts";

/** The program of every golden case; see golden_probe.c. */
const PROBE = "probe";

export class Sandbox {
  readonly program: number;
  readonly init: number;
  readonly supervisor: number;

  /** @param launcher pid of a process that the program descends from */
  constructor(launcher: number) {
    const program = descendants(launcher).find((pid) => Deno.readTextFileSync(`/proc/${pid}/comm`) === `${PROBE}\n`);
    if (program === undefined) throw new Error("the program does not run");
    this.program = program;
    this.init = parentOf(program);
    this.supervisor = parentOf(this.init);
  }

  /** Where the host finds a path of the node; links on the way would lead it astray. */
  path(path: string): string {
    return `/proc/${this.program}/root${path}`;
  }

  /** A line of proc_pid_status(5), its fields separated by single spaces. */
  status(field: string): string {
    const line = this.#read("status").split("\n").find((line) => line.startsWith(`${field}:`));
    if (line === undefined) throw new Error(`there is no "${field}" in the status`);
    return line.slice(field.length + 1).trim().replace(/\s+/g, " ");
  }

  environment(): Map<string, string> {
    return new Map(
      this.#read("environ").split("\0").slice(0, -1).map((variable) => {
        const equals = variable.indexOf("=");
        return [variable.slice(0, equals), variable.slice(equals + 1)];
      }),
    );
  }

  mounts(): Mount[] {
    return parseMountInfo(this.#read("mountinfo"));
  }

  namespace(name: string): string {
    return Deno.readLinkSync(`/proc/${this.program}/ns/${name}`);
  }

  /** What the supervisor was in when it made the node: the launcher's namespace, or one that was joined. */
  joined(name: string): string {
    const link = name === "pid" || name === "time" ? `${name}_for_children` : name;
    return Deno.readLinkSync(`/proc/${this.supervisor}/ns/${link}`);
  }

  map(name: "uid_map" | "gid_map"): string {
    return this.#read(name).trim().replace(/ +/g, " ");
  }

  directory(): string {
    return Deno.readLinkSync(`/proc/${this.program}/cwd`);
  }

  descriptors(): string[] {
    return [...Deno.readDirSync(`/proc/${this.program}/fd`)].map(({ name }) => name).sort();
  }

  session(): number {
    return sessionOf(this.program);
  }

  #read(name: string): string {
    return Deno.readTextFileSync(`/proc/${this.program}/${name}`);
  }
}

/** proc_pid_stat(5): the sixth field; the second, a name in parentheses, may contain anything. */
export function sessionOf(pid: number): number {
  return Number(afterName(pid)[3]);
}

function parentOf(pid: number): number {
  return Number(afterName(pid)[1]);
}

function afterName(pid: number): string[] {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** All that descend from a process, as long as their parents live. */
function descendants(ancestor: number): number[] {
  const found = [ancestor];
  const parents = processes();
  // The array grows while it is walked.
  for (const parent of found) for (const [pid, its] of parents) if (its === parent) found.push(pid);
  return found.slice(1);
}

/** Every process with its parent. */
function processes(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), parentOf(Number(name)));
    } catch (error) {
      // It has ended since.
      if (!(error instanceof Deno.errors.NotFound) && !/ESRCH|os error 3\b/.test(String(error))) throw error;
    }
  }
  return parents;
}
