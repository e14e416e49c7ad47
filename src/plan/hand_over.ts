import type { Operation, OperationName } from "./operation.ts";
import type { Plan } from "./plan.ts";

/** What the launcher has done for the stage. */
export interface Opened {
  /** Of the operations of the init phase whose source is a path; undefined: nothing to do. */
  readonly descriptors: ReadonlyMap<Operation, number | undefined>;
  /** What the launch's own control group has been given, each `file=value`. */
  readonly settings: readonly string[];
  /** Where the launcher was before it made itself a mount namespace. */
  readonly home?: Home | undefined;
}

/** Descriptors of a mount namespace and of a root directory in it. */
export interface Home {
  readonly namespace: number;
  readonly root: number;
}

/**
 * Whether the launcher builds the node's file system, which takes privilege. Where it does not, as an ordinary user
 * launches, the stage does, and opens the sources itself.
 */
export function stagesRoot({ operations }: Plan): boolean {
  return operations.some(({ operation, phase }) => phase === "host" && !ELSEWHERE.includes(operation));
}

/** Of the host phase, and not about the file system: who enters a running node does these as well. */
const ELSEWHERE: readonly OperationName[] = ["cgroup", "smack"];

/**
 * What is left to the stage once the launcher has done the host phase. Descriptors of the sources that the launcher has
 * opened stand in for the paths. What it found nothing to do for is left out: an optional bind without a source, a
 * namespace that the node is in already, control groups that cannot be had and need not, limits that a group has.
 *
 * @throws {Error} when a descriptor that is needed is missing, which is a defect of the caller
 */
export function handOver(plan: Plan, { descriptors, settings, home }: Opened): Plan {
  const staged = stagesRoot(plan);
  const operations = plan.operations.filter(({ phase }) => phase === "init").flatMap((operation): Operation[] => {
    if (operation.operation === "rlimit" && isLimited(operation.unless, settings)) return [];
    if (!("source" in operation) || !("path" in operation.source)) return [operation];
    const descriptor = descriptors.get(operation);
    if (descriptor !== undefined) return [{ ...operation, source: { descriptor } }];
    if (descriptors.has(operation)) return [];
    if (!staged) return [operation];
    throw new Error(`no descriptor was opened for ${operation.operation} of ${operation.source.path}`);
  });
  return {
    ...plan,
    operations: home === undefined ? operations : [{ operation: "home", phase: "init", ...home }, ...operations],
  };
}

/** Whether a control group with these settings limits what the file is for. */
function isLimited(file: string, settings: readonly string[]): boolean {
  return file !== "" && settings.some((setting) => setting.startsWith(`${file}=`));
}
