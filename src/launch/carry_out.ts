import { AT, F, F_SEAL, MFD } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { traced } from "../../ffi/libc/trace.ts";
import { kernelFeatures } from "../host/kernel_features.ts";
import { writeAll } from "../host/write_all.ts";
import { type Opened, stagesRoot } from "../plan/hand_over.ts";
import type { Plan } from "../plan/plan.ts";
import { makeCgroups } from "./cgroups.ts";
import { applyDeviceFilter } from "./device_filter.ts";
import { type HostPhaseResult, runHostPhase } from "./host_phase.ts";
import { requireSockets } from "./inherited_descriptors.ts";
import { type Attempt, attempt, refuse } from "./launch_error.ts";
import { requireModules } from "./require_modules.ts";
import { requirePrivilege } from "./require_privilege.ts";
import { applySmack } from "./smack.ts";

export interface CarryOutOptions {
  readonly trace?: (line: string) => void;
  readonly kernel?: Kernel;
}

/** Does the host phase of a plan, if it has one, then becomes the program whose ELF image is made from what was opened. */
export function carryOut(plan: Plan, image: (opened: Opened) => Uint8Array, options: CarryOutOptions): never {
  const untraced = options.kernel ?? libc();
  const kernel = options.trace === undefined ? untraced : traced(untraced, options.trace);
  const node: Attempt = { verb: "launch", object: plan.node };
  if (plan.pending.length > 0) {
    throw refuse(node, { code: "E_PLAN", reason: "commands of its configuration have not been run" });
  }
  const staged = stagesRoot(plan);
  if (staged) attempt(node, () => requirePrivilege(kernel, node));
  requireModules(kernel, plan);
  const closing = plan.operations.find((operation) => operation.operation === "close-descriptors");
  if (closing !== undefined) requireSockets(untraced, closing.from, node);

  // Modes are meant as the plan gives them. The program gets the caller's mask back.
  const mask = attempt(node, () => kernel.umask(0));
  // Probes are no part of what is done, so they are not traced.
  const group = makeCgroups(kernel, plan);
  try {
    const { root, descriptors, devices = new Map(), home }: Partial<HostPhaseResult> = staged
      ? runHostPhase({ kernel, features: kernelFeatures(untraced) }, plan)
      : relabel(kernel, plan);
    applyDeviceFilter(kernel, plan, group?.descriptor, devices);
    const entry = plan.operations.find(({ operation }) => operation === "enter-cgroup");
    const opened: Opened = {
      descriptors: new Map([
        ...descriptors ?? [],
        ...(entry === undefined ? [] : [[entry, group?.descriptor] as const]),
      ]),
      settings: group?.settings ?? [],
      home,
    };
    return attempt(node, () => {
      kernel.umask(mask);
      if (root !== undefined) kernel.fchdir(root.number);
      const inherited = [...opened.descriptors.values(), home?.namespace, home?.root];
      return become(kernel, image(opened), inherited);
    });
  } catch (error) {
    group?.remove();
    throw error;
  }
}

/** Whoever enters a node has the label that its launcher had. */
function relabel(kernel: Kernel, { operations }: Plan): Partial<HostPhaseResult> {
  for (const operation of operations) {
    if (operation.operation !== "smack") continue;
    const what = { verb: "apply the Smack label", object: operation.label, where: operation.origin };
    attempt(what, () => applySmack(kernel, operation.label, what));
  }
  return {};
}

/** Becomes the program, with nothing of the launcher's arguments, environment and own descriptors. */
function become(kernel: Kernel, image: Uint8Array, inherited: readonly (number | undefined)[]): never {
  const memory = createMemory(kernel);
  writeAll(kernel, memory, image);
  kernel.fcntl(memory, F.ADD_SEALS, F_SEAL.SEAL | F_SEAL.SHRINK | F_SEAL.GROW | F_SEAL.WRITE);
  for (const descriptor of inherited) {
    if (descriptor !== undefined) kernel.fcntl(descriptor, F.SETFD, 0);
  }
  kernel.execveat(memory, "", ["redpak"], [], AT.EMPTY_PATH);
  throw new Error("execveat returned without an error");
}

function createMemory(kernel: Kernel): number {
  const flags = MFD.CLOEXEC | MFD.ALLOW_SEALING;
  try {
    return kernel.memfd_create("redpak", flags | MFD.EXEC);
  } catch (error) {
    // Linux before 6.3 has no such flag, and no memory that cannot be executed.
    if (!isErrno(error, "EINVAL")) throw error;
    return kernel.memfd_create("redpak", flags);
  }
}
