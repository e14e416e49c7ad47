import type { MergedConfig } from "../config/merged.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { findCommands } from "../proof/find_commands.ts";

/** @throws {RedpakError} `E_NO_EXEC` with one problem for each command of the configuration: for `--no-exec` */
export function refuseCommands(merged: MergedConfig): void {
  const problems = findCommands(merged, "E_NO_EXEC", "--no-exec");
  const [first] = problems;
  if (first === undefined) return;
  throw new RedpakError({
    code: "E_NO_EXEC",
    message: `Cannot launch ${quote(merged.leaf.path)}: its configuration runs commands`,
    where: first.where,
    exit: EXIT.configuration,
    problems,
  });
}
