import type { Position } from "../core/error.ts";
import type { LiveProcess } from "../plan/live_node.ts";

/** Something about a running node that is not as its plan says. */
export interface Drift {
  /** What it is about, as in `mount /usr` and `process 42 (sh)`. */
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
  /** The configuration line that asked for what is expected. */
  readonly where?: Position | undefined;
}

export function compare(subject: string, expected: unknown, found: unknown): Drift[] {
  if (expected === undefined || found === undefined || expected === found) return [];
  return [{ subject, expected: String(expected), found: String(found) }];
}

/** What a process is called in a subject. */
export function name({ pid, command }: LiveProcess): string {
  return `process ${pid} (${command})`;
}
