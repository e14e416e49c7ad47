import { libc } from "../../ffi/libc/libc.ts";
import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { deviceNumber } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { Architecture, CommandOutputs, Facts } from "../config/facts.ts";
import type { MergedConfig } from "../config/merged.ts";
import { refuseDisabled } from "../config/state.ts";
import { type Position, type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { findCgroupTree } from "../host/cgroup_tree.ts";
import { runDirectoryPath } from "../launch/run_directory.ts";
import { attachPlan } from "../plan/attach_plan.ts";
import { encodePlan } from "../plan/encode.ts";
import { planToJson } from "../plan/json.ts";
import { PLANNED_RELEASES } from "../plan/kernel_release.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { type DeviceNumbers, type Seal, sealPlan } from "../plan/seal_plan.ts";
import { gatherFacts } from "./facts.ts";
import { type DecidedLaunch, type LaunchRequest, prepareLaunch } from "./prepare_launch.ts";
import { sourcesOf, stampOf } from "./seal_stamps.ts";
import { stageImage } from "./stage_image.ts";
import { SUBORDINATE_ID_FILES } from "./subordinate_ids.ts";

export interface SealRequest extends Pick<LaunchRequest, "path" | "admin" | "program" | "environment" | "detach"> {
  /** What the configuration's commands print now is what they always print. */
  readonly evaluate: boolean;
  /** The launcher looks at nothing before it starts: the image is verified as a whole. */
  readonly certified: boolean;
  /** What seals it again where something has changed; empty for a launcher that refuses then. */
  readonly renew: readonly string[];
  readonly architecture: Architecture;
}

export interface SealedNode {
  /** An executable. */
  readonly launcher: Uint8Array<ArrayBuffer>;
  /** What each launch would warn of. */
  readonly warnings: readonly Problem[];
}

/**
 * Decides everything about a launch that can be decided before it, and puts it behind the stage.
 *
 * @throws {RedpakError} as `prepareLaunch` and `refuseDisabled`; `E_SEAL` for what only the launch can decide
 */
export async function sealNode(request: SealRequest, prepareOther?: Prepare): Promise<SealedNode> {
  const prepare = prepareOther ?? prepareHere(request);
  const used = new Set<string>();
  const prepared = await prepare((facts) => watch(facts, used));
  const { facts, family } = prepared;
  const outputs = request.evaluate ? await evaluate(prepared, request) : undefined;
  const plan = prepared.plan(outputs);
  // Before everything is read again: what changes from here on is seen by the launcher, and what has changed before, below.
  const surroundings = prepareOther === undefined ? hereOf(request, prepared, used) : ELSEWHERE;

  const later = await prepare((facts) => ({
    ...facts,
    pid: facts.pid + 1,
    today: `not ${facts.today}`,
    uuid: () => crypto.randomUUID(),
  }));
  refuseDisabled(later.family);
  const varying = difference(plan, later.plan(outputs));
  if (varying !== undefined) {
    throw cannot(plan, varying, varying.origin ?? differingVariable(prepared.merged(outputs), later.merged(outputs)));
  }
  const planFor = async (kernel: string) => (await prepare((facts) => ({ ...facts, kernel }))).plan(outputs);

  const sealed = sealPlan(plan, {
    uid: facts.uid,
    gid: facts.gid,
    kernel: await neededKernel(plan, planFor),
    renew: request.renew,
    nodes: family.map(({ path }) => path),
    ...surroundings,
  });
  return { launcher: attachPlan(stageImage(request.architecture), encodePlan(sealed)), warnings: plan.warnings };
}

/** The oldest kernel that the plan is the same for. */
async function neededKernel(plan: Plan, planFor: (kernel: string) => Promise<Plan>): Promise<Seal["kernel"]> {
  for (const [major, minor] of PLANNED_RELEASES) {
    if (difference(plan, await planFor(`${major}.${minor - 1}`)) !== undefined) return [major, minor];
  }
}

/** Decides a launch with other facts than those of now, or of the device. */
export type Prepare = (change: (facts: Facts) => Facts) => Promise<DecidedLaunch>;

function prepareHere(request: SealRequest): Prepare {
  const facts = { ...gatherFacts(request.environment), architecture: request.architecture, terminal: false };
  return (change) => prepareLaunch({ ...request, facts: change(facts), sealed: true });
}

type Surroundings = Pick<Seal, "stamps" | "records" | "cgroupMountPoint" | "deviceAt">;

function hereOf(request: SealRequest, { family, facts, policy }: DecidedLaunch, used: Iterable<string>): Surroundings {
  const kernel = libc();
  return {
    stamps: request.certified ? [] : sourcesOf(family, policy, used).flatMap((path) => stampOf(kernel, path)),
    records: runDirectoryPath(facts.uid, request.environment),
    cgroupMountPoint: findCgroupTree(kernel).mount?.mountPoint ?? facts.cgroupMountPoint,
    deviceAt: (path) => deviceAt(kernel, path),
  };
}

/** A device when it has started. What numbers its devices have is not known: those of the configuration are refused. */
const ELSEWHERE: Surroundings = {
  stamps: [],
  records: runDirectoryPath(0, {}),
  cgroupMountPoint: "/sys/fs/cgroup",
  deviceAt: () => undefined,
};

/** The same facts; notes which files of the host were asked for whom. */
function watch(facts: Facts, used: Set<string>): Facts {
  return {
    ...facts,
    userId(user) {
      used.add("/etc/passwd");
      return facts.userId(user);
    },
    groupId(group) {
      used.add("/etc/group");
      return facts.groupId(group);
    },
    subordinateIds() {
      for (const file of SUBORDINATE_ID_FILES) used.add(file);
      return facts.subordinateIds?.();
    },
  };
}

async function evaluate(prepared: DecidedLaunch, { environment }: SealRequest): Promise<CommandOutputs> {
  const { pending } = prepared.plan();
  const { runCommands } = await import("../launch/run_commands.ts");
  return await runCommands(pending, { environment });
}

/** The first operation that two plans do not have in common. */
function difference(plan: Plan, other: Plan): Operation | undefined {
  const [own, others] = [plan, other].map((one) =>
    (planToJson(one) as { operations: unknown[] }).operations.map((operation) => JSON.stringify(operation))
  ) as [string[], string[]];
  const index = own.findIndex((text, index) => text !== others[index]);
  return index < 0 ? other.operations[own.length] : plan.operations[index];
}

/** Where a variable of the environment stands that is not the same in two merges of the same files. */
function differingVariable({ environ }: MergedConfig, other: MergedConfig): Position | undefined {
  return environ.find(({ value }, index) => value.value !== other.environ[index]?.value.value)?.where;
}

function cannot(plan: Plan, operation: Operation, where: Position | undefined): RedpakError {
  return new RedpakError({
    code: "E_SEAL",
    exit: EXIT.configuration,
    message: `Cannot seal ${quote(plan.node)}: the operation "${operation.operation}" is another at each launch`,
    where,
    hints: [
      "$PID, $TODAY and $UUID are: leave them out, or start the node by redpak run",
      "if it has been changed just now, seal it again",
    ],
  });
}

function deviceAt(kernel: Kernel, path: string): DeviceNumbers | undefined {
  try {
    using opened = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.PATH | O.CLOEXEC, 0));
    return deviceNumber(kernel, opened.number);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
