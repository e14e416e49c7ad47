import { BPF } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { type DeviceNumber, deviceNumber } from "../../ffi/libc/file_status.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { readSpecial } from "../host/read_special.ts";
import { callersDescriptors } from "../plan/device_filter/callers_descriptors.ts";
import { compileDeviceFilter } from "../plan/device_filter/compile.ts";
import { type DeviceRule, placeRule, readRule } from "../plan/device_filter/rule.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { type Attempt, explain, refuse } from "./launch_error.ts";

/** Devices by the operations that show them, as the launch has opened them. */
export type TakenDevices = ReadonlyMap<Operation, DeviceNumber>;

/** @param group directory of the launch's own control group, if it has one */
export function applyDeviceFilter(
  kernel: Kernel,
  plan: Plan,
  group: number | undefined,
  taken: TakenDevices,
): void {
  const { node, operations } = plan;
  const filter = operations.find((operation) => operation.operation === "device-filter");
  if (filter === undefined) return;
  const what: Attempt = { verb: "limit the devices of", object: node, where: filter.origin };
  try {
    if (group === undefined) throw cannot(what, "the launch has no control group of its own");
    attach(kernel, group, compile(kernel, filter, taken, callersDescriptors(plan)));
  } catch (error) {
    const explained = error instanceof SystemCallError ? explainFailure(what, error) : error;
    if (!filter.optional || !(explained instanceof RedpakError)) throw explained;
  }
}

/** Standard descriptors. */
const STANDARD = [0, 1, 2];

function compile(
  kernel: Kernel,
  { rules }: Operation<"device-filter">,
  taken: TakenDevices,
  standard: readonly number[],
): Uint8Array {
  return compileDeviceFilter([
    ...rules.map(readRule),
    ...[...taken].flatMap(toRule),
    ...STANDARD.map((index) => standardRule(kernel, standard[index]) ?? placeRule(index)),
  ]);
}

function toRule([operation, { kind, major, minor }]: readonly [Operation, DeviceNumber]): DeviceRule[] {
  if (operation.operation !== "device") return [];
  return [{ kind, major: [major, major], minor, access: operation.access as DeviceRule["access"] }];
}

/** The caller has given it already; programs open it anew by /dev/stdout and the like. */
function standardRule(kernel: Kernel, descriptor: number | undefined): DeviceRule | undefined {
  if (descriptor === undefined) return undefined;
  const { kind, major, minor } = deviceNumber(kernel, descriptor) ?? {};
  return kind !== "char" || major === undefined ? undefined : { kind, major: [major, major], minor, access: "rw" };
}

const INSTRUCTION_SIZE = 8;

/** "redpak" in the field of eight bytes that the kernel has for a program's name. */
const NAME = [..."redpak"].reduceRight((number, letter) => number * 256 + letter.charCodeAt(0), 0);

/** Two 32-bit numbers as one of 64 bits. */
const pair = (low: number, high: number) => low + high * 2 ** 32;

function load(kernel: Kernel, program: Uint8Array): Descriptor {
  const attributes = {
    type_and_count: pair(BPF.PROG_TYPE_CGROUP_DEVICE, program.length / INSTRUCTION_SIZE),
    instructions: program,
    license: "Apache-2.0",
    log_level_and_size: 0,
    log: 0,
    version_and_flags: 0,
    name: NAME,
    rest_of_name: 0,
  };
  return new Descriptor(kernel, kernel.bpf(BPF.PROG_LOAD, attributes, Object.keys(attributes).length * 8));
}

/** Beside the filters of the groups above, which all have to agree, bpf(2). */
function attach(kernel: Kernel, group: number, program: Uint8Array): void {
  using loaded = load(kernel, program);
  const target = {
    group_and_program: pair(group, loaded.number),
    type_and_flags: pair(BPF.CGROUP_DEVICE, BPF.F_ALLOW_MULTI),
  };
  kernel.bpf(BPF.PROG_ATTACH, target, 16);
}

/** What a group can have, BPF_CGROUP_MAX_PROGS of linux/bpf-cgroup-defs.h. */
const MOST_FILTERS = 64;

/**
 * The filters of devices that a group has itself, by the kernel's tags: equal programs have equal ones. `undefined` where the kernel
 * does not tell the caller.
 */
export function readDeviceFilters(kernel: Kernel, group: number): readonly string[] | undefined {
  const found = new Uint8Array(MOST_FILTERS * 4);
  const query = { group_and_type: pair(group, BPF.CGROUP_DEVICE), flags: 0, ids: found, count: MOST_FILTERS };
  return tags(kernel, () => {
    kernel.bpf(BPF.PROG_QUERY, query, 32);
    const ids = [...new Uint32Array(found.buffer)].filter((id) => id !== 0);
    return ids.map((id) => kernel.bpf(BPF.PROG_GET_FD_BY_ID, { id, flags: 0 }, 12));
  });
}

/**
 * The tag of the filter that a launch with these operations would get: the kernel is given the program, as how it makes a tag is its
 * own matter.
 *
 * @param standard descriptors of those that the program has from the caller
 */
export function tagOfDeviceFilter(
  kernel: Kernel,
  { operations }: Plan,
  taken: TakenDevices,
  standard: readonly number[],
): string | undefined {
  const filter = operations.find((operation) => operation.operation === "device-filter");
  if (filter === undefined) return undefined;
  return tags(kernel, () => [load(kernel, compile(kernel, filter, taken, standard)).release()])?.[0];
}

function tags(kernel: Kernel, open: () => readonly number[]): readonly string[] | undefined {
  try {
    return open().map((number) => {
      using program = new Descriptor(kernel, number);
      return /^prog_tag:\s*(\w+)$/m.exec(readSpecial(`/proc/self/fdinfo/${program.number}`, kernel))?.[1] ?? "unknown";
    });
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

function cannot(what: Attempt, reason: string): RedpakError {
  return refuse(what, {
    code: "E_DEVICE_FILTER",
    reason,
    hints: ["it takes cgroup version 2; with access rw for every device none is needed"],
  });
}

function explainFailure(what: Attempt, error: SystemCallError): unknown {
  if (error.call !== "bpf") return explain(what, error);
  const reasons: Readonly<Record<string, string>> = {
    EINVAL: "this kernel has no filters of devices (CONFIG_CGROUP_BPF)",
    ENOSYS: "this kernel has no bpf(2)",
    EPERM: "a filter of a group above, or a surrounding container, allows none",
  };
  return cannot(what, `${reasons[error.errno] ?? "the kernel does not take the filter"} (${error.errno})`);
}
