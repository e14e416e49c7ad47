import { type ApplicationText, buildApplication, buildCommand, type CommandContext, run, text_en } from "@stricli/core";
import type { CommandRow, FlagRow } from "./command_row.ts";
import { GLOBAL_FLAGS } from "./commands.ts";
import { usage } from "./split_words.ts";

/**
 * Reads the flags of one command. The only file that knows the library that does it.
 *
 * @param words flags, each followed by its value
 * @throws {RedpakError} `E_USAGE`, with the flags that were probably meant
 */
export async function readFlags(
  name: string,
  row: CommandRow,
  words: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  let flags: Readonly<Record<string, unknown>> | undefined;
  let failure: unknown;
  const command = buildCommand<Record<string, unknown>, [], CommandContext>({
    // deno-lint-ignore require-await -- the library's type wants a promise
    loader: async () => (given: Record<string, unknown>) => void (flags = given),
    parameters: {
      flags: Object.fromEntries(
        // The global flags have been taken out; they are here to be found among the corrections.
        Object.entries({ ...GLOBAL_FLAGS, help: undefined, ...row.flags }).flatMap(([key, flag]) =>
          flag === undefined ? [] : [[key, parameterOf(flag)]]
        ),
      ),
    },
    docs: { brief: row.brief },
  });
  const text: ApplicationText = {
    ...text_en,
    exceptionWhileParsingArguments(error) {
      failure = error;
      return "";
    },
  };
  const application = buildApplication(command, {
    name,
    localization: { text },
    scanner: { distanceOptions: SIMILAR },
    documentation: { disableAnsiColor: true },
  });
  const ignore = { write: () => {} };
  await run(application, words, { process: { stdout: ignore, stderr: ignore } });
  if (flags !== undefined) return flags;
  const reason = failure instanceof Error ? failure.message : `"${words.join(" ")}" cannot be understood`;
  throw usage(`Cannot understand the flags of "redpak ${name}": ${plain(reason)}`, `redpak ${name} --help`);
}

/** As the library has it, but for the threshold: three letters that differ are no typing error. */
const SIMILAR = { threshold: 5, weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 } };

// The library checks combinations that only matter for parameters written by hand.
// deno-lint-ignore no-explicit-any
function parameterOf({ brief, value, choices }: FlagRow): any {
  if (choices !== undefined) return { kind: "enum", values: choices, optional: true, brief };
  if (value !== undefined) return { kind: "parsed", parse: String, optional: true, brief };
  return { kind: "boolean", optional: true, withNegated: false, brief };
}

/** What the library says, as a user would. */
function plain(reason: string): string {
  return reason.replace(/^No (?:flag|alias) registered for (-[^\s,]+)/, "there is no flag $1")
    .replace(/^Expected input for flag (\S+)$/, "$1 needs a value")
    .replace(/^./, (first) => first.toLowerCase());
}
