/**
 * `_crowd.ts COUNT UID SEED DIRECTORY REDPAK`: root and a user run many nodes at once, half of them each, and end them in
 * random order, in three ways, while both ask `ps` again and again. A subprocess of crowd_test.ts in pid and mount
 * namespaces of its own, so that what is left afterwards is redpak's doing. Prints what is wrong, a line each.
 */
import { leftSince, lookAtMachine } from "./_alone.ts";
import { groupsOf, HAS_GROUPS, IN_GROUP } from "./_groups.ts";
import { PATH, SYSTEM } from "./_node.ts";

const [count, uid, seed] = Deno.args.slice(0, 3).map(Number) as [number, number, number];
const [directory = "", redpak = ""] = Deno.args.slice(3);

/** So many nodes of each caller are being started or ended at a time. */
const WORKERS = 4;
const PAUSE = 1000;

interface Member {
  readonly id: string;
  readonly code: number;
  readonly process: Deno.ChildProcess;
  readonly ended: Promise<Deno.CommandStatus>;
}

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly supervisor: number;
}

/** The nodes of one caller, by what is known of them: who is neither started nor touched may be listed or not. */
class Crowd {
  readonly #running = new Map<number, Member>();
  readonly #ended = new Set<number>();
  readonly #runtime: string;
  readonly #options;
  polls = 0;

  constructor(readonly name: string, uid: number) {
    this.#runtime = `${directory}/${name}`;
    Deno.mkdirSync(this.#runtime, { mode: 0o700 });
    Deno.chownSync(this.#runtime, uid, uid);
    this.#options = { uid, gid: uid, cwd: "/", env: { XDG_RUNTIME_DIR: this.#runtime } };
  }

  get records(): string {
    return this.name === "root" ? "/run/redpak" : `${this.#runtime}/redpak`;
  }

  get members(): Member[] {
    return [...this.#running.values()];
  }

  makeNode(number: number): string {
    const path = `${directory}/${this.name}${number}`;
    Deno.mkdirSync(`${path}/etc`, { recursive: true });
    Deno.writeTextFileSync(`${path}/.rednode.yaml`, `realpath: ${path}\ntimestamp: 1700000000000\nstate: Enable\n`);
    const device = this.name === "root" ? IN_GROUP : "";
    const config = `headers: { alias: ${this.name}${number} }\n${SYSTEM}${PATH}${device}`;
    Deno.writeTextFileSync(`${path}/etc/redpak.yaml`, config);
    return path;
  }

  /** Starts a node; it runs when its program has said so. */
  async start(number: number): Promise<void> {
    const code = number % 100;
    const script = `(sleep 1000 &); echo ready; read line; exit ${code}`;
    const process = new Deno.Command(redpak, {
      ...this.#options,
      args: ["run", this.makeNode(number), "--", "sh", "-c", script],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = process.stdout.getReader();
    const { value } = await reader.read();
    if (new TextDecoder().decode(value) !== "ready\n") complain(`${this.name}${number} did not start`);
    reader.releaseLock();
    const member = { id: `${this.name}${number}-${process.pid}`, code, process, ended: process.status };
    this.#running.set(process.pid, member);
    member.ended.then(() => this.#ended.add(process.pid));
  }

  async runOnce(number: number): Promise<void> {
    await this.#redpak("run", this.makeNode(number), "--", "true");
  }

  async end({ id, code, process, ended }: Member): Promise<void> {
    this.#running.delete(process.pid);
    // Each stop is a start of redpak.
    const way = Math.floor(random() * 6);
    if (way < 3) await process.stdin.close();
    else if (way < 5) process.kill("SIGKILL");
    else await this.#redpak("stop", id);
    const status = await ended;
    const expected = way < 3 ? code : way < 5 ? 137 : 143;
    if (status.code !== expected) complain(`${id} ended with ${status.code} instead of ${expected}`);
    if (way >= 3) await process.stdin.close().catch(() => {});
    // The output of a node ends with its last process.
    for await (const _ of process.stdout) complain(`${id} said more`);
  }

  async list(): Promise<Listed[]> {
    return JSON.parse(await this.#redpak("ps", "--json")).data?.nodes ?? [];
  }

  /** Compares `ps` with what is certain: who ran before and after it, and who had ended before. */
  async poll(): Promise<void> {
    const [before, gone] = [[...this.#running], new Set(this.#ended)];
    const nodes = await this.list();
    this.polls++;
    for (const [pid, { id }] of before) {
      if (!this.#running.has(pid)) continue;
      const state = nodes.find(({ supervisor }) => supervisor === pid)?.state;
      if (state !== "running") complain(`${id} runs, and ps says ${state ?? "nothing"}`);
    }
    for (const { id, supervisor } of nodes) if (gone.has(supervisor)) complain(`${id} has ended, and ps lists it`);
  }

  async #redpak(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(redpak, { ...this.#options, args }).output();
    if (success) return new TextDecoder().decode(stdout);
    complain(`${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    return "{}";
  }
}

async function main(): Promise<void> {
  Deno.mkdirSync("/run/redpak", { mode: 0o700 });
  const before = lookAtMachine();
  const crowds = [new Crowd("root", 0), new Crowd("user", uid)];
  let isOver = false;
  const watching = crowds.map(async (crowd) => {
    for (; !isOver; await pause(PAUSE)) await crowd.poll();
  });
  const numbers = Array.from({ length: Math.ceil(count / 2) }, (_, number) => number);
  await Promise.all(crowds.map((crowd) => inParallel(shuffled(numbers), (number) => crowd.start(number))));
  for (const crowd of crowds) {
    const alive = await crowd.list();
    if (alive.length !== numbers.length) complain(`${alive.length} of ${numbers.length} are listed while all run`);
  }
  if (HAS_GROUPS && groupsOf(directory).length < numbers.length) {
    complain(`${groupsOf(directory).length} control groups while all run`);
  }
  await Promise.all(crowds.map((crowd) => inParallel(shuffled(crowd.members), (member) => crowd.end(member))));
  isOver = true;
  await Promise.all(watching);

  // What was killed has left its group; the next launch sweeps.
  await crowds[0]!.runOnce(numbers.length);
  for (const group of groupsOf(directory)) complain(`left: ${group}`);
  for (const crowd of crowds) {
    const left = await crowd.list();
    if (left.length > 0) complain(`still listed: ${left.map(({ id }) => id).join(" ")}`);
    const files = [...Deno.readDirSync(crowd.records)].map(({ name }) => name);
    if (files.length > 0) complain(`records are left: ${files.join(" ")}`);
  }
  for (const left of await leftSince(before)) complain(`left: ${left}`);
  console.log(
    `${2 * numbers.length} nodes, ${HAS_GROUPS ? numbers.length : 0} control groups, ${
      crowds.map(({ polls }) => polls).join(" + ")
    } times ps`,
  );
}

function complain(what: string): void {
  console.log(`wrong: ${what}`);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(Array.from({ length: WORKERS }, async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item);
  }));
}

let state = seed;

/** Numbers from 0 to 1, the same ones for a seed (Mulberry32). */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let rest = result.length; rest > 1; rest--) {
    const other = Math.floor(random() * rest);
    [result[rest - 1], result[other]] = [result[other]!, result[rest - 1]!];
  }
  return result;
}

if (import.meta.main) await main();
