import type { MergedConfig } from "../config/merged.ts";
import type { Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";

/**
 * The commands that a launch would run before it starts: `$(…)` and `Execfd`.
 *
 * @param by who forbids them, for the messages
 */
export function findCommands({ pending }: MergedConfig, code: string, by: string): Problem[] {
  return pending.map(({ command, where }) => ({
    code,
    message: `Cannot run the command ${quote(command)}: forbidden by ${by}`,
    where,
    hints: ["write what it prints into the configuration instead"],
  }));
}
