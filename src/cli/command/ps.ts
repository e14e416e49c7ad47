import { escapeText } from "../../core/escape.ts";
import { TICKS_PER_SECOND } from "../../host/process.ts";
import { readSpecial } from "../../host/read_special.ts";
import { findInhabitants } from "../../launch/node_processes.ts";
import { nodeUsage } from "../../launch/node_usage.ts";
import { formatBytes, formatDuration } from "../../view/quantity.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { damagedWarning, runningNodes } from "../running.ts";

/** `redpak ps`. */
export function ps(invocation: Invocation<"ps">): Output {
  const { kernel, running } = runningNodes(invocation);
  const inhabitants = findInhabitants(kernel);
  // The clock may have been set since they were started.
  const uptime = Number(readSpecial("/proc/uptime", kernel).split(" ")[0]);
  const rows = running.nodes.map((node) => {
    const { record, process, supervisor, program, init, state } = node;
    const { id, node: path, alias, admin, startedAt } = record;
    return {
      id,
      alias,
      node: path,
      admin,
      state,
      supervisor: supervisor?.pid ?? null,
      init: init?.pid ?? null,
      program: program?.pid ?? null,
      startedAt: new Date(startedAt).toISOString(),
      uptimeSeconds: Math.max(0, Math.floor(uptime - process.startTime / TICKS_PER_SECOND)),
      pid: process.pid,
      memoryBytes: nodeUsage(kernel, node, inhabitants).memoryBytes,
    };
  });
  return {
    kind: "RunningNodes",
    data: { nodes: rows },
    warnings: running.damaged.map(damagedWarning),
    text: (style) => {
      const [head = "", ...lines] = tableLines([
        ["ID", "ALIAS", "PID", "UPTIME", "STATE", "MEMORY", "NODE"],
        ...rows.map((row) => [
          escapeText(row.id),
          escapeText(row.alias),
          String(row.pid),
          formatDuration(row.uptimeSeconds),
          row.admin ? `${row.state} (admin)` : row.state,
          row.memoryBytes === null ? "-" : formatBytes(row.memoryBytes),
          escapeText(row.node),
        ]),
      ]);
      return [style.bold(head), ...lines].join("\n");
    },
  };
}
