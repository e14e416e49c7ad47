/** A host with things worth stealing, and a caller that leaves everything open, for programs to be started in. */
import assert from "node:assert/strict";
import { compile } from "../system/_compile.ts";
import { exec, isRoot, type Result, Scratch } from "../system/_node.ts";
import { knowingOwner, OWNER } from "../system/_subordinate_ids.ts";
import type { Runner } from "./_runners.ts";

/** Nobody of the user database, but where the tests run as an ordinary user. */
export const USER = isRoot ? OWNER.uid : Deno.uid() ?? 0;

/** Who launches. */
export const CALLERS: Readonly<Record<string, number>> = isRoot ? { root: 0, "a user": USER } : { "a user": USER };

/** What the probe says of one thing that it tried. */
export interface Finding {
  /** Entry of the catalogue. */
  readonly id: string;
  readonly hole: boolean;
  /** E host integrity, C information, P privilege, S kernel surface, D resources, H hygiene. */
  readonly kind: string;
  readonly text: string;
}

/** What the probe does not say by itself. */
export const MEMORY = { id: "F02", kind: "D", text: "there is no end of memory" } as const;

/** Mebibytes that are harmless to take on a machine that is not for these tests alone: a limit above is not seen. */
const MOST_MEMORY = 1024;

export class Scene implements AsyncDisposable {
  private constructor(
    readonly scratch: Scratch,
    /** Owner of what the program may write. */
    readonly uid: number,
    readonly probe: string,
    private readonly attributes: string,
    private readonly marks: Deno.ChildProcess,
    private readonly port: string,
    private readonly hasRanges: boolean,
  ) {}

  /** @param hasRanges the user has subordinate ids, where there can be any: `reasonAgainst` of _subordinate_ids.ts */
  static async set(uid: number, hasRanges = false): Promise<Scene> {
    const [probe, attributes, marks] = await Promise.all([
      compile("../security/probe.c", "-static"),
      compile("attributes.c", "-static"),
      compile("../security/host_marks.c"),
    ]);
    const scratch = new Scratch();
    Deno.mkdirSync(`${scratch.path}/data`);
    const child = new Deno.Command(marks, { args: [`${scratch.path}/data/socket`], stdin: "piped", stdout: "piped" })
      .spawn();
    const reader = child.stdout.getReader();
    const port = new TextDecoder().decode((await reader.read()).value).trim();
    reader.releaseLock();
    const scene = new Scene(scratch, uid, probe, attributes, child, port, hasRanges);
    scene.#fill();
    return scene;
  }

  /** Directories that the program finds as /data and /ro. */
  get data(): string {
    return `${this.scratch.path}/data`;
  }

  get readOnly(): string {
    return `${this.scratch.path}/ro`;
  }

  #fill(): void {
    this.scratch.file("secret", "");
    Deno.mkdirSync(`${this.readOnly}/sub`, { recursive: true });
    if (!isRoot) return;
    assert.equal(exec("mount", ["-t", "tmpfs", "redpak-test", `${this.readOnly}/sub`]).code, 0);
    Deno.chmodSync(`${this.readOnly}/sub`, 0o777);
    exec("mknod", ["-m", "666", `${this.data}/device`, "c", "1", "3"]);
    Deno.copyFileSync(this.probe, `${this.data}/suid`);
    Deno.chownSync(`${this.data}/suid`, 65534, 65534);
    exec("chmod", ["6755", `${this.data}/suid`]);
    Deno.chownSync(this.data, this.uid, this.uid);
  }

  /** What the probe finds in a sandbox. */
  run(runner: Runner): Finding[] {
    const command = runner(this, ["/probe", `${this.scratch.path}/secret`, `${this.marks.pid}`, this.port]);
    const { code, stdout, stderr } = this.#start(command);
    assert.equal(code, 0, `${command.join(" ")}: ${stdout}${stderr}`);
    const findings = stdout.trimEnd().split("\n").map((line) => {
      const [, id = "", verdict = "", kind = "", text = ""] = /^(\w+) (\w+) (\w) (.*)$/.exec(line) ?? [];
      assert(["ok", "hole"].includes(verdict), line);
      return { id, hole: verdict === "hole", kind, text };
    });
    // In a sandbox of its own, which may end as a whole.
    const memory = this.#start(runner(this, ["/probe", "memory", String(MOST_MEMORY)]));
    return [...findings, { ...MEMORY, hole: memory.code === 42 }];
  }

  /** Starts a command as a careless caller. */
  #start(command: readonly string[]): Result {
    const identity = this.uid === Deno.uid()
      ? isRoot ? ["setpriv", "--groups=4242"] : []
      : ["setpriv", `--reuid=${this.uid}`, `--regid=${this.uid}`, "--groups=4242"];
    const [program = "", ...words] = [
      ...this.hasRanges ? knowingOwner(this.scratch) : [],
      ...identity,
      this.attributes,
      "change",
      "sh",
      "-c",
      'cd /; exec 8</etc/passwd 9</; exec "$@"',
      "sh",
      ...command,
    ];
    return exec(program, words, { env: { HOST_SECRET: "x" } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.marks.stdin.close();
    await this.marks.stdout.cancel();
    await this.marks.status;
    if (isRoot) exec("umount", [`${this.readOnly}/sub`]);
    this.scratch[Symbol.dispose]();
  }
}
