import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { readSpecial } from "../host/read_special.ts";
import { type LabelKey, LABELS } from "../plan/labels.ts";
import type { Plan } from "../plan/plan.ts";
import { attempt, refuse } from "./launch_error.ts";

/** The security modules that run, in the kernel's order. */
const MODULES = "/sys/kernel/security/lsm";

/**
 * Refuses a label whose security module does not run, and tells which ones do. The kernel would refuse it, too, with less
 * to say; where its list cannot be seen, it does.
 */
export function requireModules(kernel: Kernel, { operations }: Plan): void {
  for (const operation of operations) {
    if (operation.operation !== "smack" && operation.operation !== "exec-label") continue;
    const key = "module" in operation ? operation.module as LabelKey : "smack";
    const { noun, module } = LABELS[key];
    const what = { verb: `apply the ${noun}`, object: operation.label, where: operation.origin };
    const modules = attempt(what, () => readModules(kernel));
    if (modules === undefined || modules.includes(key)) continue;
    throw refuse(what, {
      code: "E_KERNEL_FEATURE",
      reason: `this kernel runs without ${module}: its security modules are ${modules.join(", ")}`,
      hints: [`start the kernel with ${key} in its parameter lsm=, or leave the label out`],
    });
  }
}

function readModules(kernel: Kernel): readonly string[] | undefined {
  try {
    return readSpecial(MODULES, kernel).trim().split(",");
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES")) return undefined;
    throw error;
  }
}
