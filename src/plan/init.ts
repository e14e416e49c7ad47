import type { Position } from "../core/error.ts";
import { formatPosition } from "../core/error.ts";
import type { BuildContext } from "./build_context.ts";
import type { NamespaceChoices } from "./namespaces.ts";

/** Who is PID 1 of the node. */
export interface InitChoice {
  /** The program is; otherwise it is redpak's init, which starts the program. */
  readonly isProgram: boolean;
  readonly where: Position | undefined;
}

/**
 * `init` of the configuration. A node confines nothing by it, so children may choose: the program has the same restrictions, and
 * its end is that of all others by the kernel, pid_namespaces(7). What it takes from redpak is refused: that processes in
 * a pid namespace that others have as well end with the program, that locks are held for the life of the node, and that the program
 * cannot undo what ends it with the launcher, prctl(2) PR_SET_PDEATHSIG.
 */
export function chooseInit({ merged, problems }: BuildContext, { pid }: NamespaceChoices): InitChoice {
  const { init, "die-with-parent": ending } = merged.scalars;
  if (init?.value !== "none") return { isProgram: false, where: init?.where };
  const { where } = init;
  const refuse = (reason: string, hint: string) => {
    problems.push({
      code: "E_INIT_NONE",
      message: `Cannot start the node without an init: ${reason}`,
      where,
      hints: [hint, "or leave out init: none"],
    });
  };
  if (pid.kind !== "new") {
    refuse(`it has no process ids of its own${placeOf(pid.where)}`, "set share_pid to disabled");
  }
  const lock = merged.exports.find(({ value }) => value.mode === "Lock");
  if (lock !== undefined) {
    refuse(`that holds the lock of ${lock.value.mount}${placeOf(lock.where)}`, "leave out exports of mode Lock");
  }
  if (ending?.value === "Enabled") {
    refuse(
      `the program could outlive redpak, which die-with-parent forbids${placeOf(ending.where)}`,
      "unset die-with-parent",
    );
  }
  return { isProgram: true, where };
}

/** Notes that the launcher cannot leave a node that is to end with it. */
export function refuseDetached({ merged, request, problems }: BuildContext): void {
  const ending = merged.scalars["die-with-parent"];
  if (request.detach === undefined || ending?.value !== "Enabled") return;
  problems.push({
    code: "E_DETACH",
    message: "Cannot detach from the node: it is to end with the redpak that starts it",
    where: ending.where,
    hints: ["leave out --detach, or die-with-parent"],
  });
}

function placeOf(where: Position | undefined): string {
  return where === undefined ? "" : ` (${formatPosition(where)})`;
}
