import { type Namespace, type Operation, STARTS } from "./operation.ts";
import type { Plan } from "./plan.ts";

export interface EnterRequest {
  /** Descriptor of a process of the node, and of which namespaces it is in others than the caller. */
  readonly process: number;
  readonly namespaces: readonly Namespace[];
  /** Descriptors of the cgroup.procs files of the groups to enter. */
  readonly cgroups: readonly number[];
  /** Files of these groups that limit something. */
  readonly limits: readonly string[];
  /** Joined on its own, for the descriptor's process is not in it: the time namespace of init's children. */
  readonly time?: number | undefined;
  /** The program and its arguments; the node's shell when empty. */
  readonly arguments: readonly string[];
}

/**
 * The plan that starts another program in a running node: whatever the node's own program has done to it before it
 * starts, this one has done to it as well, for these are the same operations. Limits that stand in for those of a control group are left out where it has them.
 */
export function enterPlan(plan: Plan, request: EnterRequest): Plan {
  const { process, namespaces, cgroups, limits, time } = request;
  const phase = "init";
  const forked = plan.operations.findIndex(({ operation }) => STARTS.includes(operation));
  const confinement = plan.operations.slice(forked).flatMap((operation): Operation[] => {
    if (operation.operation === "rlimit" && limits.includes(operation.unless)) return [];
    // Who enters is never PID 1.
    if (operation.operation === "become-program") return [{ operation: "fork", phase }];
    // What was opened for the node's program is not there for another one.
    if (operation.operation === "close-descriptors") return [{ ...operation, from: 3 }];
    if (operation.operation !== "exec") return [operation];
    return [{ ...operation, arguments: request.arguments.length === 0 ? ["sh"] : request.arguments }];
  });
  return {
    ...plan,
    operations: [
      ...plan.operations.filter(({ operation }) => operation === "smack"),
      ...(time === undefined
        ? []
        : [{ operation: "join", phase, namespace: "time", source: { descriptor: time } } as const]),
      { operation: "enter", phase, namespaces, source: { descriptor: process }, cgroups },
      ...confinement,
    ],
  };
}
