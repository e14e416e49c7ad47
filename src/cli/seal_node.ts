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
import { sourcesOf } from "./seal_sources.ts";
import { stampOf } from "./seal_stamps.ts";
import { stageImage } from "./stage_image.ts";

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
 * @throws {RedpakError} as `prepareLaunch`; `refuseDisabled`; `E_SEAL` for what only the launch can decide
 */
export async function sealNode(request: SealRequest, prepareOther?: Prepare): Promise<SealedNode> {
  const prepare = prepareOther ?? prepareHere(request);
  const used: Used = { files: new Set(), variables: new Set() };
  const prepared = await prepare((facts) => watch(facts, used));
  const { facts, family, policy } = prepared;
  refuseDisabled(family);
  const outputs = request.evaluate ? await evaluate(prepared, request) : undefined;
  const plan = prepared.plan(outputs);
  // Before the configuration is read again: a change meanwhile is seen here, or there.
  const surroundings = prepareOther === undefined ? hereOf(request, prepared, used.files) : ELSEWHERE;

  const later = await prepare((facts) => ({
    ...facts,
    pid: facts.pid + 1,
    today: `not ${facts.today}`,
    uuid: () => crypto.randomUUID(),
  }));
  const [varying] = differing(plan, later.plan(outputs));
  if (varying !== undefined) {
    throw cannot(plan, varying, varying.origin ?? differingVariable(prepared.merged(outputs), later.merged(outputs)));
  }
  const planFor = async (other: Partial<Facts>) => (await prepare((facts) => ({ ...facts, ...other }))).plan(outputs);

  const sealed = sealPlan(plan, {
    uid: facts.uid,
    gid: facts.gid,
    kernel: await neededKernel(plan, planFor),
    variables: await decidingVariables(plan, used.variables, facts.env, planFor),
    hasOutputs: outputs !== undefined && outputs.size > 0,
    isCertified: policy?.certificate !== undefined,
    renew: request.renew,
    nodes: family.map(({ path }) => path),
    ...surroundings,
  });
  return { launcher: attachPlan(stageImage(request.architecture), encodePlan(sealed)), warnings: plan.warnings };
}

/** The oldest kernel that the plan is the same for. */
async function neededKernel(
  plan: Plan,
  planFor: (other: Pick<Facts, "kernel">) => Promise<Plan>,
): Promise<Seal["kernel"]> {
  for (const [major, minor] of PLANNED_RELEASES) {
    if (differing(plan, await planFor({ kernel: `${major}.${minor - 1}` })).length > 0) return [major, minor];
  }
}

/** The variable that says where the tree of control groups is mounted. */
const GROUPS_AT = "CGROUPS_MOUNT_POINT";

/**
 * Of the variables that were asked for, those that make another plan when they have another value, each as `run-by` has it.
 * What the program inherits is not among them: it is asked for, but it is the launcher's caller who has it, and it may be a secret.
 */
async function decidingVariables(
  plan: Plan,
  asked: Iterable<string>,
  env: Facts["env"],
  planFor: (other: Pick<Facts, "env"> & Partial<Pick<Facts, "cgroupMountPoint">>) => Promise<Plan>,
): Promise<string[]> {
  const deciding: string[] = [];
  for (const name of asked) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (await decides(name, `${value ?? ""}/other`)) deciding.push(value === undefined ? name : `${name}=${value}`);
  }
  return deciding;

  async function decides(name: string, value: string): Promise<boolean> {
    try {
      const facts = name === GROUPS_AT ? { cgroupMountPoint: value } : {};
      const other = await planFor({ env: { ...env, [name]: value }, ...facts });
      return differing(plan, other).length > 0 || differing(other, plan).length > 0;
    } catch (error) {
      if (error instanceof RedpakError) return true;
      throw error;
    }
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

/** What a plan was made from besides configurations. */
interface Used {
  /** Of the host. */
  readonly files: Set<string>;
  readonly variables: Set<string>;
}

/** The same facts; notes which files of the host and variables of the environment were asked. */
function watch(facts: Facts, { files, variables }: Used): Facts {
  return {
    ...facts,
    // Who asks for a variable asks first whether it is there.
    env: new Proxy(facts.env, {
      getOwnPropertyDescriptor(env, name) {
        if (typeof name === "string") variables.add(name);
        return Object.getOwnPropertyDescriptor(env, name);
      },
    }),
    get cgroupMountPoint() {
      variables.add(GROUPS_AT);
      return facts.cgroupMountPoint;
    },
    userId(user) {
      files.add("/etc/passwd");
      return facts.userId(user);
    },
    groupId(group) {
      files.add("/etc/group");
      return facts.groupId(group);
    },
    subordinateIds() {
      for (const file of ["/etc/passwd", "/etc/subuid", "/etc/subgid"]) files.add(file);
      return facts.subordinateIds?.();
    },
  };
}

async function evaluate(prepared: DecidedLaunch, { environment }: SealRequest): Promise<CommandOutputs> {
  const { pending } = prepared.plan();
  const { runCommands } = await import("../launch/run_commands.ts");
  return await runCommands(pending, { environment });
}

/** Operations of a plan that are not in another. */
function differing(plan: Plan, other: Plan): Operation[] {
  const texts = new Set((planToJson(other) as { operations: unknown[] }).operations.map((one) => JSON.stringify(one)));
  const own = (planToJson(plan) as { operations: unknown[] }).operations;
  return plan.operations.filter((_, index) => !texts.has(JSON.stringify(own[index])));
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
    hints: ["$PID, $TODAY and $UUID are: leave them out, or start the node by redpak run"],
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
