import type { Refuse } from "./dialect.ts";

/** A number of bytes that is a limit, or none: as much as the kernel lets. */
export type ByteSize = number | "max";

const FACTORS: Readonly<Record<string, bigint>> = { "": 1n, K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n };

/** A number of bytes, or of 1024, 1024², … of them; undefined where the text is none. */
export function parseBytes(text: string): bigint | undefined {
  const match = /^([0-9]{1,15})([KMGT]?)$/i.exec(text);
  return match === null ? undefined : BigInt(match[1]!) * FACTORS[match[2]!.toUpperCase()]!;
}

/** Nothing at all is no size: for the kernel it would be no limit. */
export function readByteSize(text: string, refuse: Refuse): ByteSize {
  if (text.toLowerCase() === "max") return "max";
  const size = Number(parseBytes(text) ?? 0n);
  if (size > 0 && size <= Number.MAX_SAFE_INTEGER) return size;
  return refuse("expected a number of bytes, with K, M, G or T for more, or max", ["max"]);
}

/** As {@link readByteSize} reads it, in the largest unit that leaves no rest. */
export function showByteSize(size: ByteSize): string {
  if (size === "max") return size;
  const [unit = "", factor = 1n] = Object.entries(FACTORS).findLast(([, factor]) => BigInt(size) % factor === 0n) ?? [];
  return `${BigInt(size) / factor}${unit}`;
}

/** The smallest of several. */
export function smallest(...sizes: readonly ByteSize[]): ByteSize {
  return sizes.reduce((a, b) => exceeds(a, b) ? b : a);
}

export function exceeds(size: ByteSize, limit: ByteSize): boolean {
  return limit !== "max" && (size === "max" || size > limit);
}
