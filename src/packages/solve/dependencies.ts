import type { Request } from "./request.ts";
import type { Resolution } from "./resolution.ts";

/**
 * Which packages of a node nobody has asked for, after a change. What is not known to be one, somebody has asked for:
 * packages that another program has installed are never taken for superfluous.
 *
 * @param before the names of those before
 * @returns names, sorted
 */
export function dependenciesAfter(
  before: Iterable<string>,
  action: Request["action"],
  { steps, satisfied }: Pick<Resolution, "steps" | "satisfied">,
): string[] {
  const names = new Set(before);
  for (const { kind, package: { name }, reason, replaces } of steps) {
    const former = replaces.map((nevra) => nevra.name);
    // What takes the place of a package is there for the same reason.
    const isReplaced = former.length > 0 && former.every((each) => names.has(each));
    if (kind !== "reinstall") former.forEach((each) => names.delete(each));
    if (kind === "erase" || action === "install" && reason === "asked") names.delete(name);
    else if (kind === "install" && former.length === 0 ? reason !== "asked" : isReplaced) names.add(name);
  }
  if (action === "install") satisfied.forEach(({ package: { name } }) => names.delete(name));
  return [...names].sort();
}
