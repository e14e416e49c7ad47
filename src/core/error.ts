import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Fix } from "./fix.ts";

/** A place in a text file; `line` and `column` count from 1, columns in UTF-16 units as editors show them. */
export interface Position {
  /** Path of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Where a profile is named there that says it: the profile and its own line, as in `strict:7`. */
  readonly profile?: string | undefined;
}

/** `file:line:column`, the form that terminals and editors make clickable. */
export function formatPosition({ file, line, column, profile }: Position): string {
  return `${file}:${line}:${column}${profile === undefined ? "" : ` (profile ${profile})`}`;
}

/** One thing that is wrong: what failed, on which object and why; where it was configured; what to do. */
export interface Problem {
  /** Stable name, `E_…` for errors and `W_…` for warnings. */
  readonly code: string;
  /** `Cannot <verb> "<object>": <reason>` where something failed; a plain sentence otherwise. */
  readonly message: string;
  /** Where it was configured. */
  readonly where?: Position | undefined;
  /** The place of what it goes against, where that is written as well. */
  readonly limit?: Position | undefined;
  /** What to do. */
  readonly hints?: readonly string[] | undefined;
  /** What it comes from, where that is more than one thing: they contradict each other. */
  readonly because?: readonly string[] | undefined;
  /** Where there is exactly one answer that nobody has to think about. */
  readonly fix?: Fix | undefined;
}

/** What an error is made from. */
export interface RedpakErrorOptions extends Problem {
  /** What the command exits with; `failed` by default. */
  readonly exit?: ExitCode;
  /** Name of the errno (`ENOENT`), when a system call failed. */
  readonly errno?: string | undefined;
  /** The single findings, when there are several: all are reported at once. */
  readonly problems?: readonly Problem[];
  /** The error that it comes from. */
  readonly cause?: unknown;
}

/** The only error that the command line reports as a message; anything else is a defect and is reported as one. */
export class RedpakError extends Error implements Problem {
  /** Always `RedpakError`. */
  override readonly name = "RedpakError";
  readonly code: string;
  /** What the command exits with. */
  readonly exit: ExitCode;
  /** Where it was configured. */
  readonly where: Position | undefined;
  /** What to do. */
  readonly hints: readonly string[];
  readonly fix: Fix | undefined;
  /** Name of the errno (`ENOENT`), when a system call failed. */
  readonly errno: string | undefined;
  /** The single findings, when there are several; else empty. */
  readonly problems: readonly Problem[];

  /** An error with everything that is to be said of it. */
  constructor(options: RedpakErrorOptions) {
    super(options.message, { cause: options.cause });
    this.code = options.code;
    this.exit = options.exit ?? EXIT.failed;
    this.where = options.where;
    this.hints = options.hints ?? [];
    this.fix = options.fix;
    this.errno = options.errno;
    this.problems = options.problems ?? [];
  }
}
