import { isWithin } from "../core/path.ts";
import type { Plan } from "./plan.ts";

/** What lies over a path in a node: nothing is to be read there, or nothing to be changed. */
export type Cover = "masked" | "read-only";

/** What a plan puts over a part of a file system that it mounts. A part that the kernel lacks needs no cover. */
export function coverOf(path: string, { operations }: Plan): Cover | undefined {
  const covers = operations.filter((operation) => operation.operation === "mask" || operation.operation === "protect")
    .filter(({ destination }) => isWithin(path, destination));
  const last = covers.sort((a, b) => a.destination.length - b.destination.length).at(-1);
  return last === undefined ? undefined : last.operation === "mask" ? "masked" : "read-only";
}
