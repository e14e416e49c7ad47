import type { Architecture } from "../../config/facts.ts";
import type { Capability } from "../operation.ts";
import { ACTION, AUDIT_ARCHITECTURE } from "./instruction.ts";
import { type Condition, ERRNO, type FilterName, PROFILES, SYSCALLS } from "./profile.ts";

/** A system call as the kernel shows it to a filter, `struct seccomp_data`. */
export interface Call {
  /** AUDIT_ARCH_…. */
  readonly architecture: number;
  readonly number: number;
  /** Six numbers of 64 bits. */
  readonly arguments: readonly bigint[];
}

const namesOf = (architecture: Architecture) =>
  new Map(Object.entries(SYSCALLS[architecture]).map(([name, number]) => [number, name]));
const CALLS = { x86_64: namesOf("x86_64"), aarch64: namesOf("aarch64") };

/** What a profile gives for a call, read from the profile word by word. */
export function evaluate(
  name: FilterName,
  capabilities: readonly Capability[],
  architecture: Architecture,
  call: Call,
): number {
  if (call.architecture !== AUDIT_ARCHITECTURE[architecture]) return ACTION.killProcess;
  if (architecture === "x86_64" && call.number >= 0x4000_0000) return ACTION.killProcess;
  const syscall = CALLS[architecture].get(call.number);
  if (syscall === undefined) return ACTION.errno(ERRNO.ENOSYS);
  const base = PROFILES[name].extends;
  for (const profile of base === undefined ? [name] : [base, name]) {
    for (const group of PROFILES[profile].refuse) {
      if (!group.calls.includes(syscall) || group.unless?.some((capability) => capabilities.includes(capability))) {
        continue;
      }
      if ((group.when ?? []).every((condition) => holds(condition, call))) return ACTION.errno(ERRNO[group.errno]);
    }
  }
  return ACTION.allow;
}

function holds({ argument, mask = "0xffffffff", is, isNot, has }: Condition, call: Call): boolean {
  const value = (call.arguments[argument] ?? 0n) & BigInt(mask);
  const numbers = Object.values(is ?? isNot ?? has ?? {}).map((number) => BigInt(number ?? 0));
  if (has !== undefined) return numbers.some((bit) => (value & bit) !== 0n);
  return numbers.includes(value) === (is !== undefined);
}
