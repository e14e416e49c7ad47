/** Processes of the golden cases: the launcher in surroundings of its own, and one whose namespaces can be joined. */

import assert from "node:assert/strict";
import { exists } from "./_node.ts";
import { Sandbox } from "./_sandbox.ts";
import { until } from "./_until.ts";

export interface Surroundings {
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Files of the scratch directory that are open. */
  readonly descriptors: readonly (readonly [number: string, path: string])[];
  readonly scratch: string;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a command. */
export function start(command: readonly string[], surroundings: Surroundings): Launch {
  const { environment, directory, descriptors, scratch } = surroundings;
  const opened = descriptors.map(([number, path]) => `exec ${number}<"${scratch}/${path}"; `).join("");
  const [program = "", ...args] = opened === "" ? command : ["/bin/sh", "-c", `${opened}exec "$@"`, "sh", ...command];
  const process = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: environment,
    cwd: directory,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Launch(process, environment);
}

/** A process that runs; with `await using` what is left of it ends. */
export class Launch implements AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  constructor(process: Deno.ChildProcess, environment: Surroundings["environment"]) {
    this.environment = environment;
    this.#process = process;
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderr = process.stderr.text();
    this.#input = process.stdin.getWriter();
  }

  /** Waits for the end, with nothing to read. */
  async end(): Promise<Ended> {
    await this.#input.close();
    let stdout = "";
    for (let text = await this.#read(); text !== undefined; text = await this.#read()) stdout += text;
    return { stdout, stderr: await this.#stderr, code: (await this.#process.status).code };
  }

  /** Waits until the program runs. */
  async sandbox(): Promise<Sandbox> {
    const word = await this.#read();
    assert.equal(word, "ready\n", word === undefined ? await this.#stderr : "");
    return new Sandbox(this.#process.pid);
  }

  /** Waits until a process that was killed has ended. */
  async over(pid: number): Promise<void> {
    if (pid === this.#process.pid) return void await this.#process.status;
    await until(() => !exists(`/proc/${pid}`), () => `${pid} still runs`);
  }

  async #read(): Promise<string | undefined> {
    return (await this.#lines.read()).value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    while (await this.#read() !== undefined);
    await this.#process.status;
    await this.#stderr;
  }
}

/** A process in namespaces of its own. */
export class Helper implements AsyncDisposable {
  /** Of unshare(1), which is in all but pid and time namespaces, that are for its children. */
  readonly pid: number | undefined;
  readonly #process: Deno.ChildProcess | undefined;

  private constructor(process?: Deno.ChildProcess) {
    this.#process = process;
    this.pid = process?.pid;
  }

  /** @param options of unshare(1); without any there is no process. Root alone is mapped into a user namespace. */
  static async start(options: readonly string[] | undefined): Promise<Helper> {
    if (options === undefined) return new Helper();
    const process = new Deno.Command("unshare", {
      args: [...options, "--kill-child", "sh", "-c", "echo ready; exec sleep infinity"],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    await reader.read();
    await reader.cancel();
    // Not by unshare(1), which would deny setgroups(2) to whoever joins.
    if (options.includes("--user")) {
      for (const map of ["uid_map", "gid_map"]) Deno.writeTextFileSync(`/proc/${process.pid}/${map}`, "0 0 1");
    }
    return new Helper(process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
  }
}
