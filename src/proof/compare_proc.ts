import { PROC_VIEWS } from "../config/confinement_schema.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { allowedValue, type Comparison, type Effective, scalarPlace } from "./effective.ts";

/** What a Procfs shows; whether there may be one is judged where exports are. */
export function compareProc(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const view = ({ merged }: Effective) => merged.scalars.proc?.value ?? PROC_VIEWS[0];
  const [mine, theirs] = [view(child), view(ancestor)];
  if (PROC_VIEWS.indexOf(mine) >= PROC_VIEWS.indexOf(theirs)) return [];
  const source = child.merged.scalars.proc;
  return [{
    code: "E_LOOSENED_PROC",
    message: `Cannot set proc to ${mine}: ${theirs} by ${formatPosition(scalarPlace(ancestor, "proc"))}`,
    where: scalarPlace(child, "proc"),
    limit: scalarPlace(ancestor, "proc"),
    hints: [allowedValue("proc", theirs, comparison)],
    fix: source && setInFile(source, ["config", "proc"], theirs),
  }];
}
