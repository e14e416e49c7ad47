import { escapeText } from "../../core/escape.ts";
import { findInhabitants } from "../../launch/node_processes.ts";
import { type NodeUsage, nodeUsage } from "../../launch/node_usage.ts";
import { findRunning } from "../../launch/find_running.ts";
import type { DamagedRecord } from "../../launch/running_nodes.ts";
import { formatBytes } from "../../view/quantity.ts";
import type { Style } from "../../view/style.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { damagedWarning, runningNodes } from "../running.ts";
import { watch } from "../watch.ts";

interface Row extends NodeUsage {
  readonly id: string;
  readonly node: string;
  /** Of one processor, since the last look; `null` at the first. */
  readonly cpuPercent: number | null;
}

/** `redpak stats`: what nodes use, once; on a terminal again and again. */
export async function stats(invocation: Invocation<"stats">): Promise<Output> {
  const look = observer(invocation);
  if (!invocation.globals.json && !invocation.flags.once && Deno.stdout.isTerminal() && Deno.stdin.isTerminal()) {
    await watch((style) => table(look().rows, style), invocation.globals.color.stdout);
    return { kind: "Stats", data: { nodes: [] }, text: () => "" };
  }
  const { rows, damaged } = look();
  return {
    kind: "Stats",
    data: { nodes: rows },
    warnings: damaged.map(damagedWarning),
    text: (style) => table(rows, style).join("\n"),
  };
}

/** Looks at the chosen nodes each time that it is called. */
function observer(invocation: Invocation<"stats">): () => { rows: Row[]; damaged: readonly DamagedRecord[] } {
  let before = new Map<string, { readonly at: number; readonly seconds: number | null }>();
  return () => {
    const { kernel, running } = runningNodes(invocation);
    const { operands } = invocation;
    const chosen = operands.length === 0
      ? running.nodes
      : operands.map((operand) => findRunning(running, operand, Deno.cwd()));
    const inhabitants = findInhabitants(kernel);
    const now = performance.now();
    const rows = chosen.map((node): Row => {
      const { id, node: path } = node.record;
      const usage = nodeUsage(kernel, node, inhabitants);
      const last = before.get(id);
      const used = last?.seconds == null || usage.cpuSeconds === null ? null : usage.cpuSeconds - last.seconds;
      const cpuPercent = used === null || last === undefined ? null : Math.max(0, used * 100_000 / (now - last.at));
      return { id, node: path, cpuPercent, ...usage };
    });
    before = new Map(rows.map(({ id, cpuSeconds }) => [id, { at: now, seconds: cpuSeconds }]));
    return { rows, damaged: operands.length === 0 ? running.damaged : [] };
  };
}

function table(rows: readonly Row[], style: Style): string[] {
  const [head = "", ...lines] = tableLines([
    ["ID", "CPU", "CPU TIME", "MEMORY", "PIDS", "READ", "WRITTEN", "WAITS cpu/memory/io", "FROM"],
    ...rows.map((row) => [
      escapeText(row.id),
      show(row.cpuPercent, (percent) => `${percent.toFixed(1)} %`),
      show(row.cpuSeconds, (seconds) => `${seconds.toFixed(2)} s`),
      show(row.memoryBytes, formatBytes),
      show(row.processes, String),
      show(row.readBytes, formatBytes),
      show(row.writtenBytes, formatBytes),
      [row.pressure.cpu, row.pressure.memory, row.pressure.io].map((each) => show(each, (value) => `${value} %`)).join(
        " ",
      ),
      row.source,
    ]),
  ]);
  return [style.bold(head), ...lines];
}

function show(value: number | null, format: (value: number) => string): string {
  return value === null ? "-" : format(value);
}
