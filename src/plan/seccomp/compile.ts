import type { Architecture } from "../../config/facts.ts";
import type { Capability } from "../operation.ts";
import {
  ACTION,
  and,
  AUDIT_ARCHITECTURE,
  give,
  ifEqual,
  type Instruction,
  load,
  MAX_INSTRUCTIONS,
  OFFSET,
  X32_BIT,
} from "./instruction.ts";
import { ERRNO, type FilterName, SYSCALLS } from "./profile.ts";
import { type Rule, rulesOf, type Test } from "./rules.ts";
import { type Range, search } from "./search.ts";

/**
 * The filter of a profile for a node with these capabilities. Pure and deterministic.
 *
 * Calls of another architecture (i386 on x86_64) and of x32 kill the process: their numbers mean something else. Numbers
 * without a name do not exist, so what newer kernels add is off until it has been looked at, and programs fall back.
 */
export function compileFilter(
  name: FilterName,
  capabilities: Iterable<Capability>,
  architecture: Architecture,
): readonly Instruction[] {
  const rules = rulesOf(name, new Set(capabilities), architecture);
  const filter = [
    load(OFFSET.architecture),
    ifEqual(AUDIT_ARCHITECTURE[architecture], 1, 0),
    ...KILL,
    load(OFFSET.number),
    ...search(partition(rules, architecture)),
  ];
  if (filter.length > MAX_INSTRUCTIONS) throw new Error(`${filter.length} instructions are too many for a filter`);
  return filter;
}

const KILL = [give(ACTION.killProcess)];
const ALLOW = [give(ACTION.allow)];
const UNKNOWN = [give(ACTION.errno(ERRNO.ENOSYS))];

/** All numbers of 32 bits, ascending, in as few ranges as there are. */
function partition(rules: ReadonlyMap<number, readonly Rule[]>, architecture: Architecture): readonly Range[] {
  const known = new Set(Object.values(SYSCALLS[architecture]));
  const ranges: Range[] = [];
  const add = (from: number, code: readonly Instruction[]) => {
    const before = ranges.at(-1)?.code;
    if (before === code) return;
    if (before?.length === code.length && before.every((instruction, at) => instruction === code[at])) return;
    ranges.push({ from, code });
  };
  const end = Math.max(...known) + 1;
  for (let number = 0; number < end; number++) {
    add(number, known.has(number) ? decide(rules.get(number)) : UNKNOWN);
  }
  add(end, UNKNOWN);
  if (architecture === "x86_64") add(X32_BIT, KILL);
  return ranges;
}

/** The first rule that holds; what comes behind one without tests is never reached. */
function decide(rules: readonly Rule[] | undefined): readonly Instruction[] {
  if (rules === undefined) return ALLOW;
  const code: Instruction[] = [];
  for (const { errno, tests } of rules) {
    code.push(
      ...tests.reduceRight((then, test) => [...check(test, then.length), ...then], [give(ACTION.errno(errno))]),
    );
    if (tests.length === 0) return code;
  }
  return [...code, ...ALLOW];
}

/** Goes on behind when the test holds, and `behind` instructions further when it does not. */
function check({ argument, mask, values, among }: Test, behind: number): readonly Instruction[] {
  return [
    load(OFFSET.argument(argument)),
    ...(mask === 0xffff_ffff ? [] : [and(mask)]),
    ...values.map((value, at) => {
      const left = values.length - 1 - at;
      const [found, missed] = among ? [left, left === 0 ? behind : 0] : [left + behind, 0];
      return ifEqual(value, found, missed);
    }),
  ];
}
