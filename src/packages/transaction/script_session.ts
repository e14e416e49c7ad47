import { compareVersions } from "../../../ffi/librpm/compare_versions.ts";
import type { Problem } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { Database } from "../database/database.ts";
import { formatNevra, type Nevra } from "../database/installed_package.ts";
import { refuse } from "../refuse.ts";
import { hasFileTriggers, type PackageScripts, packageScripts } from "../scripts/package_scripts.ts";
import { NO_SCRIPTS } from "../scripts/interpreters.ts";
import type { ScriptRunner } from "../scripts/run_scripts.ts";
import { callsOf, type Schedule, scheduleScripts, type ScriptCall, type ScriptedElement } from "../scripts/schedule.ts";
import { isSame, type OwnerIds } from "./check_result.ts";
import type { WorkerAnswer, WorkerMessage } from "./worker_job.ts";

/** A package that comes, with what it has to run. */
export interface ScriptedArrival {
  readonly scripts: PackageScripts;
  readonly replaces: boolean;
}

/** What the packages of a node have to run, beside those that come. Without their files where no trigger asks for them. */
export function installedScripts(node: string, arrivals: readonly ScriptedArrival[]): PackageScripts[] {
  using database = Database.ofNode(node);
  const installed = database?.map((header) => packageScripts(header, false)) ?? [];
  const asked = [...installed, ...arrivals.map(({ scripts }) => scripts)].some(hasFileTriggers);
  return asked ? database?.map((header) => packageScripts(header, true)) ?? [] : installed;
}

/**
 * Scripts that would be run, whatever the order: whether there are any, and whether they can be, is known before anything
 * is prepared.
 */
export function foreseeScripts(
  installed: readonly PackageScripts[],
  elements: readonly ScriptedElement[],
): ScriptCall[] {
  return [elements, [...elements].reverse()].flatMap((order) =>
    callsOf(scheduleScripts(installed, order, compareVersions))
  );
}

/** @throws {RedpakError} `E_SCRIPTS` with all that redpak does not run */
export function refuseUnable(calls: readonly ScriptCall[]): void {
  const texts = new Map<string, Problem>();
  for (const call of calls) {
    const reason = reasonAgainst(call);
    if (reason === undefined) continue;
    const { package: nevra, kind } = call;
    const message = `Cannot change the packages: ${kind} of ${escapeText(formatNevra(nevra))} ${reason}`;
    texts.set(message, { code: "E_SCRIPTS", message, hints: [NO_SCRIPTS] });
  }
  refuse([...texts.values()]);
}

/** What a text has become that is not UTF-8. */
const REPLACED = "\ufffd";

function reasonAgainst({ script: { program, body = "", isTemplate } }: ScriptCall): string | undefined {
  const [interpreter = ""] = program;
  if (interpreter === "<lua>") return "is in Lua, which only rpm itself runs, outside of any sandbox";
  if (!interpreter.startsWith("/")) return `is run by "${escapeText(interpreter)}", which is no path`;
  if (isTemplate) return "is a template, which rpm's macros can have run anything on the host";
  if ([body, ...program].some((text) => text.includes(REPLACED) || text.includes("\0"))) return "is no text in UTF-8";
}

/** Does what is to be done at the moments that the worker waits at. */
export class ScriptSession {
  #schedule: Schedule = { begin: [], elements: [], end: [] };
  #order: Extract<WorkerMessage, { kind: "order" }>["elements"] = [];

  /**
   * @param runner absent where nothing is run
   * @param ownersFor what is to be known of owners when the files of a package are in place
   */
  constructor(
    private readonly installed: readonly PackageScripts[],
    private readonly arrivals: readonly ScriptedArrival[],
    private readonly runner: ScriptRunner | undefined,
    private readonly ownersFor: (nevra: Nevra) => OwnerIds | null,
  ) {}

  /** @throws {RedpakError} as `ScriptRunner.run` and `refuseUnable`; `E_PACKAGE_OWNER` */
  async answer(message: Extract<WorkerMessage, { kind: "order" | "pause" }>): Promise<WorkerAnswer> {
    if (message.kind === "order") {
      this.#order = message.elements;
      if (this.runner === undefined) return {};
      const elements = message.elements.map((element) => this.#elementOf(element));
      this.#schedule = scheduleScripts(this.installed, elements, compareVersions);
      refuseUnable(callsOf(this.#schedule));
    } else if (message.at === "placed") {
      const owners = this.ownersFor(this.#order[message.element]!.package);
      return { owners: owners && { users: { ...owners.users }, groups: { ...owners.groups } } };
    } else {
      await this.runner?.run(this.#callsAt(message));
    }
    return {};
  }

  #callsAt({ at, element }: Extract<WorkerMessage, { kind: "pause" }>): readonly ScriptCall[] {
    if (at === "begin" || at === "end") return this.#schedule[at];
    return at === "placed" ? [] : this.#schedule.elements[element]![at];
  }

  #elementOf({ kind, package: nevra }: Extract<WorkerMessage, { kind: "order" }>["elements"][number]): ScriptedElement {
    if (kind === "added") {
      const arrival = this.arrivals.find(({ scripts }) => isSame(scripts.package, nevra))!;
      return { kind, ...arrival };
    }
    return { kind, scripts: this.installed.find((one) => isSame(one.package, nevra))!, replaces: false };
  }
}
