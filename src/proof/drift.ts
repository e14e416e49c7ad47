import type { Position } from "../core/error.ts";

/** Something about a running node that is not as its plan says. */
export interface Drift {
  /** What it is about, as in `mount /usr` and `process 42 (sh)`. */
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
  /** The configuration line that asked for what is expected. */
  readonly where?: Position | undefined;
}
