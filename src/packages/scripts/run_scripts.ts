import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { attempt } from "../attempt.ts";
import { formatNevra } from "../database/installed_package.ts";
import { absent, type Directory, openBelow } from "../generation/directory.ts";
import { readFile } from "../generation/durable_file.ts";
import type { ScriptRecord } from "../generation/record.ts";
import type { ScriptEnd } from "../transaction/job.ts";
import { interpreterProblem } from "./interpreters.ts";
import type { ScriptCall } from "./schedule.ts";
import { encodeScriptJob, lastEvent } from "./script_job.ts";

/** Milliseconds that a script has, where nobody says otherwise. */
export const SCRIPT_TIMEOUT = 300_000;

/** Where scripts are run. */
export interface ScriptPlace {
  /** Path of the node. */
  readonly node: string;
  /** The staging directory, and its path. */
  readonly directory: Directory;
  readonly path: string;
  /** Name in it of what stands in the place of the node's content. */
  readonly root: string;
  readonly contents: readonly string[];
  /** Relative to the root. */
  readonly database: string;
  readonly timeout: number;
}

type RunScript = (job: string, timeout: number) => Promise<ScriptEnd>;

const REPORT = "report";

/** As many characters of what a script says are kept. */
const KEPT_OUTPUT = 4096;

/** Exit status of a launch whose program is not there. */
const NOT_FOUND = 127;

/** Runs the scripts of a transaction, each in a sandbox of its own. */
export class ScriptRunner {
  readonly records: ScriptRecord[] = [];
  readonly warnings: string[] = [];
  readonly #database: bigint;

  constructor(private readonly place: ScriptPlace, private readonly runScript: RunScript) {
    this.#database = attempt("open", this.#databasePath, () => this.#findDatabase());
  }

  /**
   * @throws {RedpakError} `E_SCRIPT_FAILED` for a script that decides about its package; `E_SCRIPT_TIME`,
   * `E_SCRIPT_INTERPRETER`, `E_SCRIPT_SANDBOX` for any
   */
  async run(calls: readonly ScriptCall[]): Promise<void> {
    for (const call of calls) await this.#run(call);
  }

  /** Leaves nothing of its own in the staging directory. */
  clean(): void {
    absent(() => this.place.directory.remove(REPORT));
  }

  async #run(call: ScriptCall): Promise<void> {
    const { script: { program, body, isCritical } } = call;
    const { place } = this;
    this.clean();
    const end = await this.runScript(
      encodeScriptJob({
        version: 1,
        parent: Deno.pid,
        node: place.node,
        root: `${place.path}/${place.root}`,
        contents: [...place.contents],
        database: place.database,
        report: `${place.path}/${REPORT}`,
        program: [...program],
        ...body === undefined ? {} : { body },
        arguments: body === undefined ? [] : [...call.arguments],
        input: call.input.map((path) => `${path}\n`).join(""),
        prefixes: [...call.prefixes],
      }),
      place.timeout,
    );
    const failure = this.#judge(call, end);
    this.#refuseMovedDatabase(call);
    const output = end.output.trim();
    if (failure === undefined && output === "") return;
    this.records.push({
      package: formatNevra(call.package),
      kind: call.kind,
      status: failure ?? "done",
      output: output.slice(-KEPT_OUTPUT),
    });
    if (failure === undefined) return;
    if (isCritical) throw refusal(call, "E_SCRIPT_FAILED", `failed: ${failure}`, saidBy(output));
    const said = output === "" ? "" : `: ${linesOf(output)}`;
    this.warnings.push(`${labelOf(call)} failed: ${failure}${said}`);
  }

  /** @returns how the script has failed; `undefined` where it has not */
  #judge(call: ScriptCall, { status, output, isTimedOut }: ScriptEnd): string | undefined {
    if (isTimedOut) {
      const seconds = this.place.timeout / 1000;
      const hints = [...saidBy(output), `--script-timeout ${seconds * 2} gives it more time`];
      throw refusal(call, "E_SCRIPT_TIME", `did not end within ${seconds} s, and was killed`, hints);
    }
    const event = lastEvent(this.#readReport());
    if (event?.event === "exited") {
      if (event.signal !== undefined) return `killed by signal ${event.signal}`;
      return event.code === 0 ? undefined : `exit status ${event.code}`;
    }
    if (event?.event === "setup-failed" && event.code === NOT_FOUND) {
      throw new RedpakError({ ...interpreterProblem(call), exit: EXIT.dependency });
    }
    const reason = event?.event === "setup-failed" ? event.message ?? "the node cannot be launched" : status;
    throw refusal(call, "E_SCRIPT_SANDBOX", `could not be run: ${reason}`, [
      ...saidBy(output),
      `redpak run ${this.place.node} --admin says what is wrong with the node`,
    ]);
  }

  #readReport(): string {
    return attempt("read", `${this.place.path}/${REPORT}`, () => readFile(this.place.directory, REPORT)) ?? "";
  }

  get #databasePath(): string {
    return `${this.place.path}/${this.place.root}/${this.place.database}`;
  }

  /** Inode of the directory that is there, and no link on the way. Throws SystemCallError. */
  #findDatabase(): bigint {
    using root = this.place.directory.open(this.place.root);
    using directory = openBelow(root, this.place.database);
    return directory.ownDetails().inode;
  }

  /** It can only be read by scripts, but what is above it can be moved: no path may lead elsewhere from now on. */
  #refuseMovedDatabase(call: ScriptCall): void {
    let found: bigint | undefined;
    try {
      found = this.#findDatabase();
    } catch (cause) {
      throw refusal(call, "E_SCRIPT_DATABASE", "has moved the database of packages", [], cause);
    }
    if (found !== this.#database) throw refusal(call, "E_SCRIPT_DATABASE", "has moved the database of packages", []);
  }
}

function labelOf({ kind, package: nevra }: ScriptCall): string {
  return `${kind} of ${escapeText(formatNevra(nevra))}`;
}

const saidBy = (output: string): string[] => output.trim() === "" ? [] : [`it said: ${linesOf(output)}`];

function linesOf(output: string): string {
  return output.trim().slice(-KEPT_OUTPUT).split("\n").map(escapeText).join("; ");
}

function refusal(
  call: ScriptCall,
  code: string,
  reason: string,
  hints: readonly string[],
  cause?: unknown,
): RedpakError {
  return new RedpakError({
    code,
    exit: EXIT.dependency,
    message: `Cannot change the packages: ${labelOf(call)} ${reason}`,
    hints: [...hints, "nothing has been changed"],
    cause,
  });
}
