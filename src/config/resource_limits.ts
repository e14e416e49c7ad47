import { parseBytes } from "./byte_size.ts";
import type { Refuse } from "./dialect.ts";

/** Resources by number, `asm-generic/resource.h`: the same on x86_64 and aarch64. */
export const RESOURCES = [
  "cpu",
  "fsize",
  "data",
  "stack",
  "core",
  "rss",
  "nproc",
  "nofile",
  "memlock",
  "as",
  "locks",
  "sigpending",
  "msgqueue",
  "nice",
  "rtprio",
  "rttime",
] as const;
export type Resource = (typeof RESOURCES)[number];

/** What a process may use of a resource, and up to where it may raise that itself, in the units of getrlimit(2). */
export interface ResourceLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** No limit but that of the launcher. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** `SOFT:HARD`, or one value for both: a number with K, M, G or T (powers of 1024), or `unlimited`. */
export function readLimit(text: string, refuse: Refuse): ResourceLimit {
  const expected = "expected SOFT:HARD or one value for both: a number, with K, M, G or T, or unlimited";
  const values = text.split(":").map(readValue);
  const [soft, hard = soft] = values;
  if (soft === undefined || hard === undefined || values.includes(undefined) || values.length > 2) {
    return refuse(expected, ["unlimited"]);
  }
  return soft <= hard ? { soft, hard } : refuse("the soft limit exceeds the hard one");
}

function readValue(text: string): bigint | undefined {
  return text.toLowerCase() === "unlimited" ? UNLIMITED : parseBytes(text);
}

/** As {@link readLimit} reads it. */
export function showLimit({ soft, hard }: ResourceLimit): string {
  return soft === hard ? showValue(hard) : `${showValue(soft)}:${showValue(hard)}`;
}

function showValue(value: bigint): string {
  return value === UNLIMITED ? "unlimited" : String(value);
}
