import { type Position, type Problem, RedpakError } from "../core/error.ts";
import { expand } from "./expand.ts";
import type { CommandOutputs, Facts } from "./facts.ts";
import type { Expanded, PendingCommand } from "./merged.ts";
import type { RedNode } from "./node.ts";

export interface MergeOptions {
  /** Admin files count, where nodes have them. */
  readonly admin: boolean;
  readonly facts: Facts;
  /** What the configuration's commands printed, as far as they have been run. */
  readonly outputs?: CommandOutputs;
  /** Whether texts are expanded; they stay as written otherwise. */
  readonly expand?: boolean;
  readonly overrides?: ScalarOverrides;
  /** Merge as redpak 2.5 does, where that differs. */
  readonly compat?: boolean;
  /** With `compat`: as redpak 2.5 shows the merged configuration, not as it launches. Some scalars differ. */
  readonly shown?: boolean;
}

/** What the command line says instead of every file. */
export type ScalarOverrides = { readonly [K in "set-user" | "set-group" | "smack"]?: string };

/** What one merge shares: what is given, and what is found on the way. */
export class MergeContext {
  readonly leaf: RedNode;
  readonly expands: boolean;
  readonly compat: boolean;
  readonly shown: boolean;
  readonly outputs: CommandOutputs;
  /** As given, then with the ids that the configuration itself asks for. */
  facts: Facts;
  /** All conflicts of a family are reported at once. */
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly pending: PendingCommand[] = [];

  constructor(leaf: RedNode, options: MergeOptions) {
    this.leaf = leaf;
    this.expands = options.expand ?? true;
    this.compat = options.compat ?? false;
    this.shown = options.shown ?? false;
    this.outputs = options.outputs ?? new Map();
    this.facts = options.facts;
  }

  /** Expands `text` as `node` wrote it. Where that fails, the problem is noted and the text stays as it is. */
  expand(text: string, where: Position, node: RedNode, commands = true): Expanded {
    if (!this.expands) return { text, pending: [] };
    try {
      const { leaf, facts, outputs, compat } = this;
      const expanded = expand(text, where, { node, leaf, facts, outputs, commands, compat });
      this.pending.push(...expanded.pending);
      return expanded;
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      this.problems.push({ code: error.code, message: error.message, where: error.where, hints: error.hints });
      return { text, pending: [] };
    }
  }
}
