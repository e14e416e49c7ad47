import { type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";

/** @throws {RedpakError} with all of the problems, where there are any */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.dependency, problems });
}
