/** A flag: without `value` and `choices` it is a switch. */
export interface FlagRow {
  readonly brief: string;
  /** A letter that means the same behind a single dash. */
  readonly short?: string;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** The value that it has where none follows: only a number does. */
  readonly alone?: string;
}

export interface CommandRow {
  readonly brief: string;
  /** What follows `redpak` and the command's name. */
  readonly usage: string;
  /** Command lines without `redpak`, and what they do. */
  readonly examples: readonly (readonly [words: string, meaning: string])[];
  /** How many words that are no flags it takes. */
  readonly operands: { readonly least: number; readonly most: number; readonly missing: string };
  /** What follows the first operand is a program and its arguments. */
  readonly program?: boolean;
  /** For redpak itself: no help mentions it. */
  readonly hidden?: boolean;
  readonly flags: Readonly<Record<string, FlagRow>>;
}
