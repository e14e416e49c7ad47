import type { Operation } from "./operation.ts";
import type { Plan } from "./plan.ts";

/** Whether the plan has a host phase. Without one, as an ordinary user launches, all of it is the stage's. */
export function hasHostPhase({ operations }: Plan): boolean {
  return operations.some(({ phase }) => phase === "host");
}

/**
 * What is left to the stage once the launcher has done the host phase. The launcher has opened every source: their
 * descriptors stand in for the paths. What it found nothing to do for is left out: an optional bind without a source, a
 * namespace that the node is in already.
 *
 * @param descriptors those of the operations of the init phase whose source is a path; undefined: nothing to do
 * @throws {Error} when a descriptor that is needed is missing, which is a defect of the caller
 */
export function handOver(plan: Plan, descriptors: ReadonlyMap<Operation, number | undefined>): Plan {
  const operations = plan.operations.filter(({ phase }) => phase === "init").flatMap((operation): Operation[] => {
    if (!("source" in operation) || !("path" in operation.source)) return [operation];
    const descriptor = descriptors.get(operation);
    if (descriptor !== undefined) return [{ ...operation, source: { descriptor } }];
    if (descriptors.has(operation)) return [];
    throw new Error(`no descriptor was opened for ${operation.operation} of ${operation.source.path}`);
  });
  return { ...plan, operations };
}
