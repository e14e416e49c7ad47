import type { CommandOutputs, Facts } from "../config/facts.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { Position, Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";

export interface PlanRequest {
  /** The program and its arguments; the node's shell when empty. */
  readonly arguments: readonly string[];
  readonly facts: Facts;
  /** Outputs of the configuration's commands, as far as they have been run. */
  readonly outputs?: CommandOutputs;
  /** What redpak 2.5 let pass is not refused. */
  readonly compat?: boolean;
  /** Where the stage reports what happens; nowhere when absent. */
  readonly reportDescriptor?: number;
  /** Ids inside are those of the host, as with redpak 2.5. Otherwise a node that root launches has ids of its own. */
  readonly hostIds?: boolean;
  /** What the launcher ends with, whatever becomes of the program; as that does when absent. */
  readonly exitStatus?: number;
  /** The launcher ends when the program was started, see `detach` of the plan; it stays when absent. */
  readonly detach?: { readonly log: string; readonly message: readonly string[] };
  /** The plan is carried out later: what the caller of then has, its stage finds out. */
  readonly sealed?: boolean;
}

/** What the parts of one plan are made from, and everything that is found wrong on the way. */
export class BuildContext {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  constructor(readonly merged: MergedConfig, readonly request: PlanRequest) {}

  /** The launcher may mount and take any identity. Anybody else gets a user namespace first, and does all inside it. */
  get privileged(): boolean {
    return this.request.facts.uid === 0;
  }

  /** The environment that the program's is made from; a sealed launcher's caller has another. */
  get environment(): Readonly<Record<string, string>> {
    return this.request.sealed === true ? {} : this.request.facts.env;
  }

  /** Notes what only a privileged launcher can do. */
  refuseUser(message: string, where: Position | undefined, hint: string): void {
    this.problems.push({ code: "E_NOT_PERMITTED", message, where, hints: [hint] });
  }

  /** The text is not final: `$(command)` stands in it, so there is no point in judging it. */
  isPending(text: string): boolean {
    return this.merged.pending.some(({ command }) => text.includes(`$(${command})`));
  }

  /** Notes a problem where a text cannot be an argument of a system call or be encoded in UTF-8. */
  checkText(text: string, where: Position | undefined): void {
    const reason = text.includes("\0") ? "a NUL" : text.isWellFormed() ? undefined : "half of a character";
    if (reason === undefined) return;
    this.problems.push({
      code: "E_TEXT_INVALID",
      message: `Cannot use ${quote(text)}: it contains ${reason}`,
      where,
    });
  }
}

/** The origin of an operation, where there is one. */
export function origin(where: Position | undefined): { readonly origin?: Position } {
  return where === undefined ? {} : { origin: where };
}
