import type { Problem } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { quote } from "../../core/quote.ts";
import { formatNevra } from "../database/installed_package.ts";
import { refuse } from "../refuse.ts";
import type { ScriptCall } from "./schedule.ts";

export const NO_SCRIPTS = "--no-scripts does it without running any, where you know what they would have done";

/** What is wrong with a script whose interpreter is not there. */
export function interpreterProblem({ kind, package: nevra, script: { program } }: ScriptCall): Problem {
  return {
    code: "E_SCRIPT_INTERPRETER",
    message: `Cannot change the packages: ${kind} of ${escapeText(formatNevra(nevra))} is run by ${
      quote(program[0]!)
    }, which the node does not show in admin mode`,
    hints: [
      "export it to the node, or install what has it in the node or an ancestor",
      NO_SCRIPTS,
      "nothing has been changed",
    ],
  };
}

/**
 * @param isMissing whether the node does not show a program
 * @throws {RedpakError} `E_SCRIPT_INTERPRETER` with all scripts that could not be run
 */
export function refuseWithoutInterpreter(calls: readonly ScriptCall[], isMissing: (program: string) => boolean): void {
  const lacking = calls.filter(({ script: { program } }) => isMissing(program[0]!)).map(interpreterProblem);
  refuse([...new Map(lacking.map((problem) => [problem.message, problem])).values()]);
}
