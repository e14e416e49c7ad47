/** Nodes that run beside the test, as root and as an ordinary user. */
import assert from "node:assert/strict";
import { PATH, REDPAK, redpak, type Result, Scratch, SYSTEM } from "./_node.ts";
import { until } from "./_until.ts";

/** Who starts the nodes of a test, and where their records are. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly directory: string;
  readonly env: Record<string, string>;
}

const ORDINARY = 23_456;

/** Calls a test once for root and once for an ordinary user, each with a scratch directory for its nodes. */
export function asEach(name: string, test: (user: User, scratch: Scratch) => Promise<void>): void {
  for (const uid of [0, ORDINARY]) {
    const who = uid === 0 ? "root" : "an ordinary user";
    Deno.test({
      name: `as ${who}: ${name}`,
      ignore: Deno.uid() !== 0,
      fn: async () => {
        using scratch = new Scratch();
        const runtime = `${scratch.path}/runtime`;
        Deno.mkdirSync(runtime, { mode: 0o700 });
        Deno.chownSync(runtime, uid, uid);
        const directory = uid === 0 ? "/run/redpak" : `${runtime}/redpak`;
        await test({ name: who, uid, directory, env: { XDG_RUNTIME_DIR: runtime } }, scratch);
      },
    });
  }
}

export interface Listed {
  readonly id: string;
  readonly node: string;
  readonly state: string;
  readonly supervisor: number;
  readonly init: number;
  readonly program: number;
  readonly memoryBytes: number;
}

/** Runs the binary as a user. */
export function by(user: User, ...args: string[]): Result {
  return redpak(args, { uid: user.uid, env: user.env });
}

/** What `ps` says of the nodes below a directory. */
export function listed(user: User, below: string): Listed[] {
  const { code, stdout, stderr } = by(user, "ps", "--json");
  assert.equal(code, 0, stderr);
  const { nodes }: { nodes: Listed[] } = JSON.parse(stdout).data;
  return nodes.filter(({ node }) => node.startsWith(below));
}

/** A node that runs until the end of the test. */
export class Running implements AsyncDisposable {
  private constructor(readonly process: Deno.ChildProcess, readonly listed: Listed) {}

  get id(): string {
    return this.listed.id;
  }

  /** Starts a node and waits until `ps` shows its program. */
  static async start(user: User, node: string, ...program: string[]): Promise<Running> {
    const command = program.length > 0 ? program : ["sleep", "1000"];
    const process = new Deno.Command(REDPAK, {
      args: ["run", node, "--", ...command],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
      uid: user.uid,
      gid: user.uid,
      env: user.env,
    }).spawn();
    let found: Listed | undefined;
    const isRunning = () => {
      found = listed(user, node).find(({ supervisor }) => supervisor === process.pid);
      return found?.state === "running";
    };
    await until(isRunning, () => {
      process.kill("SIGKILL");
      return `${node} does not run`;
    });
    return new Running(process, found!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of [this.listed.init, this.listed.supervisor]) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended in the test.
      }
    }
    await this.process.status;
  }
}

/** A running node is found by its name, too: one that no other test has at the same time. */
export const NAME = `n${Deno.pid}`;

/** A node with the usual exports, and what a test adds to its configuration. */
export function usualNode(scratch: Scratch, more = ""): string {
  return scratch.node(NAME, SYSTEM + PATH + more);
}
