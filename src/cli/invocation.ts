import type { CommandName, Flags } from "./commands.ts";
import type { Problem } from "../core/error.ts";
import type { ExitCode } from "../core/exit_code.ts";
import type { Style } from "../view/style.ts";
import type { Globals } from "./globals.ts";

/** What a command is called with. */
export interface Invocation<N extends CommandName> {
  readonly flags: Flags<N>;
  readonly operands: readonly string[];
  readonly globals: Globals;
  /** The caller's. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a command says: the same thing for programs and for people. */
export interface Output {
  /** Name of the document's schema: `redpak schema KIND`. */
  readonly kind: string;
  readonly data: unknown;
  /** Lines for people, without the last line break; empty prints nothing. */
  readonly text: (style: Style) => string;
  readonly warnings?: readonly Problem[];
  readonly exit?: ExitCode;
}
