import type { Facts } from "../config/facts.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { applyFixes } from "../store/apply_fixes.ts";
import { type Style, styleFor } from "../view/style.ts";
import { unifiedDiff } from "../view/unified_diff.ts";
import { confirm } from "./confirm.ts";
import type { Globals } from "./globals.ts";
import { type FixPlan, type NodeFixes, planFixes } from "./plan_fixes.ts";
import { writeMessage } from "./write.ts";

/** Texts of files, by their paths, in the place of those on the disk. */
export type Drafts = ReadonlyMap<string, string>;

export interface Repair {
  /** What a dry run leaves unwritten. */
  readonly drafts: Drafts | undefined;
  /** Whether a problem that is found afterwards is one. */
  readonly isLeft: (problem: Problem) => boolean;
  readonly data: unknown;
  /** Why nodes that could be repaired were not. */
  readonly failures: readonly Problem[];
  readonly lines: (style: Style) => readonly string[];
}

interface RepairOptions {
  readonly facts: Facts;
  readonly globals: Globals;
  readonly dryRun: boolean;
}

/**
 * Repairs what can be repaired in nodes, after a yes.
 *
 * @param paths of the nodes, parents before their children
 * @throws {RedpakError} `E_USAGE` where nobody can be asked
 */
export async function repairNodes(
  paths: readonly string[],
  look: (path: string, drafts: Drafts) => Promise<{ readonly problems: readonly Problem[] }>,
  { facts, globals, dryRun }: RepairOptions,
): Promise<Repair> {
  const plan = await planFixes(paths, async (path, drafts) => (await look(path, drafts)).problems);
  const agreed = !dryRun && plan.nodes.length > 0 && (globals.yes || ask(plan, globals.color.stderr));
  const { done, failures } = agreed ? await carryOut(plan, facts.uid) : { done: [], failures: [] };
  const planned = dryRun ? plan.nodes : done;
  const modes = new Set(plan.nodes.flatMap(({ modes }) => modes.map(({ file }) => file)));
  return {
    drafts: dryRun ? plan.drafts : undefined,
    isLeft: ({ fix }) => !dryRun || fix?.action !== "chmod" || !modes.has(fix.file),
    data: {
      dryRun,
      changed: done.length > 0,
      changes: planned.flatMap(({ changes }) => changes),
      modes: planned.flatMap(({ modes }) => modes),
    },
    failures,
    lines: (style) => dryRun ? planLines(plan, style) : done.flatMap(doneLines),
  };
}

/** A node that cannot be repaired keeps no other from being repaired. */
async function carryOut({ nodes }: FixPlan, uid: number): Promise<{ done: NodeFixes[]; failures: Problem[] }> {
  const done: NodeFixes[] = [];
  const failures: Problem[] = [];
  for (const node of nodes) {
    try {
      // INVARIANT: first the modes, for texts are only written where nobody else can write.
      if (node.modes.length > 0) {
        const { closeToOthers } = await import("../launch/close_to_others.ts");
        node.modes.forEach(({ file }) => closeToOthers(file));
      }
      applyFixes(node.path, node.files, uid);
      done.push(node);
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      const { message, where, hints } = error;
      failures.push({ code: "W_NOT_FIXED", message, where, hints });
    }
  }
  return { done, failures };
}

function ask(plan: FixPlan, color: boolean): boolean {
  if (Deno.stdin.isTerminal()) writeMessage(planLines(plan, styleFor(color)).join("\n") + "\n");
  return confirm("Repair this?", "--yes repairs without asking; --dry-run shows what would be done");
}

function planLines({ nodes }: FixPlan, style: Style): string[] {
  const diff = nodes.flatMap(({ files }) => files).flatMap(({ path, before, after }) =>
    unifiedDiff(path, before, after)
  );
  return [
    ...diff.map(escapeLine).map((line) => {
      if (/^(?:---|\+\+\+) /.test(line)) return style.bold(line);
      return line.startsWith("-") ? style.red(line) : line.startsWith("+") ? style.green(line) : line;
    }),
    ...nodes.flatMap(({ modes }) => modes).map(({ mode, file }) => `would chmod ${mode} ${escapeText(file)}`),
  ];
}

/** A diff that patch(1) reads has its tabs; nothing else in it acts on a terminal. */
function escapeLine(line: string): string {
  return line.split("\t").map(escapeText).join("\t");
}

function doneLines({ changes, modes }: NodeFixes): string[] {
  return [
    ...modes.map(({ mode, file }) => `chmod ${mode} ${escapeText(file)}`),
    ...changes.map(({ where, key, before, after }) =>
      escapeText(`${where.file}:${where.line}: ${key}: ${before ?? "(absent)"} -> ${after ?? "(removed)"}`)
    ),
  ];
}
