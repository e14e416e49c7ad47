import type { TransactionContent } from "../generation/node_content.ts";
import { refuseWithoutInterpreter } from "../scripts/interpreters.ts";
import type { PackageScripts } from "../scripts/package_scripts.ts";
import type { ScriptedElement } from "../scripts/schedule.ts";
import type { Arrival, Departure } from "./changed_packages.ts";
import { isSame } from "./check_result.ts";
import type { TransactionHost } from "./job.ts";
import { foreseeScripts, installedScripts, refuseUnable } from "./script_session.ts";

/**
 * What is run, where anything is.
 *
 * @throws {RedpakError} `E_SCRIPTS` and `E_SCRIPT_INTERPRETER` for what cannot be run
 */
export async function findScripts(
  host: TransactionHost,
  content: TransactionContent,
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
): Promise<readonly PackageScripts[] | undefined> {
  const installed = installedScripts(content.path, arrivals);
  const calls = foreseeScripts(installed, [
    ...arrivals.map(({ scripts, replaces }): ScriptedElement => ({ kind: "added", scripts, replaces })),
    ...departures.map(({ package: nevra }): ScriptedElement => {
      return { kind: "removed", scripts: installed.find((one) => isSame(one.package, nevra))!, replaces: false };
    }),
  ]);
  refuseUnable(calls);
  if (calls.length === 0) return undefined;
  const programs = new Set(calls.map(({ script }) => script.program[0]!));
  const brought = arrivals.flatMap((arrival) => arrival.content.files);
  const missing = await host.missingPrograms({ node: content.path, programs: [...programs], brought });
  refuseWithoutInterpreter(calls, (program) => missing.includes(program));
  return installed;
}
