import defaultProfile from "../../../policies/seccomp/default.json" with { type: "json" };
import strictProfile from "../../../policies/seccomp/strict.json" with { type: "json" };
import syscalls from "../../../policies/seccomp/syscalls.json" with { type: "json" };
import type { Architecture } from "../../config/facts.ts";
import type { SeccompProfile } from "../../config/schema.ts";
import type { Capability } from "../operation.ts";

/** Numbers of system calls by name; `scripts/generate_syscalls.ts` writes them. */
export const SYSCALLS: Readonly<Record<Architecture, Readonly<Record<string, number>>>> = syscalls;

/** A policy as it stands in policies/seccomp: every call that is known is allowed, but for those that a group refuses. */
export interface Profile {
  readonly info: string;
  /** The profile whose groups come before these. */
  readonly extends?: FilterName;
  readonly refuse: readonly Group[];
}

/** Calls that are refused for one reason. The first group that refuses a call decides about the error. */
export interface Group {
  readonly why: string;
  readonly calls: readonly string[];
  /** All of them are met; without conditions the call is refused whatever its arguments are. */
  readonly when?: readonly Condition[];
  readonly errno: keyof typeof ERRNO;
  /** Any of these capabilities lifts the refusal: those that the kernel itself would ask for. */
  readonly unless?: readonly Capability[];
}

/**
 * What an argument is like, with one of `is` (it is one of these numbers), `isNot` (it is none of them) and `has` (any of
 * these bits is set). Numbers are keyed by what they mean.
 *
 * Compared are the low 32 bits: of the arguments in question the kernel takes no more. A filter that compares all 64 can be
 * passed by setting others (CVE-2019-10063).
 */
export interface Condition {
  readonly argument: number;
  /** The bits that count; all without it. */
  readonly mask?: string;
  readonly is?: Numbers;
  readonly isNot?: Numbers;
  readonly has?: Numbers;
}
/** JSON has no hexadecimal numbers: those are text. */
type Numbers = Readonly<Record<string, number | string | undefined>>;

/** `asm-generic/errno.h`, the same on all architectures here. */
export const ERRNO = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 } as const;

/** Profiles that have a filter. */
export type FilterName = Exclude<SeccompProfile, "none">;

export const PROFILES: Readonly<Record<FilterName, Profile>> = {
  default: defaultProfile as Profile,
  strict: strictProfile as Profile,
};
