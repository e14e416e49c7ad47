import type { Explanation } from "../../config/explanation.ts";
import { explainKey, type Question } from "../../config/explain_key.ts";
import type { Architecture } from "../../config/facts.ts";
import type { Plan } from "../plan.ts";
import { type FilterName, SYSCALLS } from "./profile.ts";
import { refusalOf } from "./refusal.ts";

/** Whether a word names a system call, of any architecture. */
export function isSystemCall(name: string): boolean {
  return Object.values(SYSCALLS).some((calls) => Object.hasOwn(calls, name));
}

/**
 * Whether a node's filter lets a system call through, why, and what its files say about that: the profile, and the
 * capabilities that lift a refusal.
 *
 * @param name for which `isSystemCall`
 * @param plan of a launch of the node
 */
export function explainCall(name: string, question: Question, plan: Plan, architecture: Architecture): Explanation {
  const filter = plan.operations.find(({ operation }) => operation === "seccomp");
  const capabilities = plan.operations.flatMap((one) => one.operation === "capabilities" ? one.bounding : []);
  const profile = filter?.operation === "seccomp" ? filter.profile : "none";
  const refusal = profile === "none" ? undefined : refusalOf(profile as FilterName, capabilities, name);
  // Without the capabilities: those that lift a refusal have a part in what comes out.
  const strict = profile === "none" ? undefined : refusalOf(profile as FilterName, [], name);
  const lifting = strict?.group.unless ?? [];
  const value = !Object.hasOwn(SYSCALLS[architecture], name)
    ? `does not exist on ${architecture}`
    : refusal !== undefined
    ? `refused${refusal.inPart ? " with some arguments" : ""} (${refusal.group.errno}): ${refusal.group.why}`
    : strict !== undefined
    ? `allowed: ${lifting.filter((one) => capabilities.includes(one)).join(", ")} lifts the refusal`
    : profile === "none"
    ? "allowed: there is no filter"
    : `allowed by the filter ${profile}`;
  const keys = ["seccomp", ...lifting];
  return {
    subject: `syscall.${name}`,
    value,
    statements: keys.flatMap((key) => {
      const found = explainKey(key, question);
      return "statements" in found ? found.statements : [];
    }),
  };
}
