import type { Architecture } from "../../config/facts.ts";
import type { Capability } from "../operation.ts";
import { type Condition, ERRNO, type FilterName, type Group, type Profile, PROFILES, SYSCALLS } from "./profile.ts";

/** A refusal of one system call: `errno` when all tests hold. */
export interface Rule {
  readonly errno: number;
  readonly tests: readonly Test[];
}

/** Whether the masked low half of an argument is among the values, or is not. */
export interface Test {
  readonly argument: number;
  readonly mask: number;
  readonly values: readonly number[];
  readonly among: boolean;
}

/**
 * What a profile says for a node with these capabilities: the rules of each call that has any, by its number.
 *
 * @throws {Error} when the profile names a call that no architecture has: a misspelled refusal would be none
 */
export function rulesOf(
  name: FilterName,
  capabilities: ReadonlySet<Capability>,
  architecture: Architecture,
): ReadonlyMap<number, readonly Rule[]> {
  const rules = new Map<number, Rule[]>();
  for (const { calls, when = [], errno, unless = [] } of groupsOf(PROFILES[name])) {
    if (unless.some((capability) => capabilities.has(capability))) continue;
    const rule = { errno: ERRNO[errno], tests: when.map(toTest) };
    for (const call of calls) {
      const number = numberOf(call, architecture);
      if (number === undefined) continue;
      const before = rules.get(number);
      if (before === undefined) rules.set(number, [rule]);
      else before.push(rule);
    }
  }
  return rules;
}

/** Those of the profile that it extends come first. */
function groupsOf(profile: Profile): readonly Group[] {
  return profile.extends === undefined ? profile.refuse : [...groupsOf(PROFILES[profile.extends]), ...profile.refuse];
}

function numberOf(call: string, architecture: Architecture): number | undefined {
  const number = SYSCALLS[architecture][call];
  if (number === undefined && Object.values(SYSCALLS).every((table) => table[call] === undefined)) {
    throw new Error(`no architecture has the system call "${call}"`);
  }
  return number;
}

function toTest({ argument, mask, is, isNot, has }: Condition): Test {
  if (has !== undefined) {
    const bits = Object.values(has).reduce<number>((all, bit) => all | Number(bit), 0) >>> 0;
    return { argument, mask: bits, values: [0], among: false };
  }
  const values = Object.values(is ?? isNot ?? {}).map(Number);
  return { argument, mask: mask === undefined ? 0xffff_ffff : Number(mask), values, among: is !== undefined };
}
