/** Launchers in nodes that tell whether `redpak run` has used them. */
import assert from "node:assert/strict";
import { attachPlan, detachPlan } from "../../src/plan/attach_plan.ts";
import { decodePlan } from "../../src/plan/decode.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import type { Operation } from "../../src/plan/operation.ts";
import { redpak, type RunOptions } from "./_node.ts";

export const launcherOf = (node: string) => `${node}/.redpak/launcher`;

/** A program that tells who has started it. */
export const WHO = ["--", "sh", "-c", "echo ${STARTED-by-configuration}"] as const;

export function starter(
  node: string,
  flags: readonly string[] = [],
  options: Parameters<typeof redpak>[1] = {},
): string {
  const { stdout, stderr } = redpak(["run", node, ...flags, ...WHO], options);
  return stdout.trim() || stderr;
}

/** Seals a node and marks its launcher. */
export function sealMarked(node: string, flags: readonly string[] = [], options: RunOptions = {}): void {
  const { code, stderr } = redpak(["seal", node, ...flags], options);
  assert.deepEqual([code, stderr], [0, ""]);
  mark(node);
}

/** Gives a launcher a variable more, by which `WHO` knows it. */
export function mark(node: string): void {
  alter(node, (operation) => {
    if (operation.operation !== "exec") return operation;
    return { ...operation, environment: [...operation.environment, "STARTED=by-launcher"] };
  });
}

export function alter(
  node: string,
  change: (operation: Operation) => Operation,
  architecture: string = Deno.build.arch,
): void {
  const file = launcherOf(node);
  const plan = decodePlan(detachPlan(Deno.readFileSync(file))!);
  const stage = Deno.readFileSync(new URL(`../../ffi/stage/build/stage.${architecture}`, import.meta.url));
  Deno.writeFileSync(file, attachPlan(stage, encodePlan({ ...plan, operations: plan.operations.map(change) })));
}
