import type { Cgroups } from "../config/schema.ts";
import {
  BANDWIDTH,
  IO_COST_MODEL,
  IO_COST_QOS,
  IO_MAX,
  IO_WEIGHT,
  LIST,
  NICE,
  PARTITION,
  PROCESSES,
  SIZE,
  SWITCH,
  type ValueKind,
  WEIGHT,
} from "./cgroup_values.ts";

/** A file of a control group that a key of the configuration is written to. */
export interface CgroupFile {
  readonly file: string;
  readonly kind: ValueKind;
  /** The content of a group that has just been made: what a value that is not asked for is set back to. */
  readonly initial?: string;
  /** What takes back the line of a device, behind its number. */
  readonly forget?: string;
  /** Exists in the root of the whole tree only. */
  readonly rootOnly?: boolean;
}

/** By controller and key, in the order in which they are written. `weight_nice` is another form of `weight`. */
export const CGROUP_FILES = {
  cpuset: {
    cpus: { file: "cpuset.cpus", kind: LIST, initial: "" },
    mems: { file: "cpuset.mems", kind: LIST, initial: "" },
    cpus_partition: { file: "cpuset.cpus.partition", kind: PARTITION, initial: "member" },
  },
  cpu: {
    weight: { file: "cpu.weight", kind: WEIGHT, initial: "100" },
    weight_nice: { file: "cpu.weight.nice", kind: NICE },
    max: { file: "cpu.max", kind: BANDWIDTH, initial: "max 100000" },
  },
  mem: {
    min: { file: "memory.min", kind: SIZE, initial: "0" },
    low: { file: "memory.low", kind: SIZE, initial: "0" },
    high: { file: "memory.high", kind: SIZE, initial: "max" },
    max: { file: "memory.max", kind: SIZE, initial: "max" },
    oom_group: { file: "memory.oom.group", kind: SWITCH, initial: "0" },
    swap_high: { file: "memory.swap.high", kind: SIZE, initial: "max" },
    swap_max: { file: "memory.swap.max", kind: SIZE, initial: "max" },
  },
  io: {
    cost_qos: { file: "io.cost.qos", kind: IO_COST_QOS, rootOnly: true },
    cost_model: { file: "io.cost.model", kind: IO_COST_MODEL, rootOnly: true },
    weight: { file: "io.weight", kind: IO_WEIGHT, initial: "default 100", forget: "default" },
    max: { file: "io.max", kind: IO_MAX, forget: "rbps=max wbps=max riops=max wiops=max" },
  },
  pids: { max: { file: "pids.max", kind: PROCESSES, initial: "max" } },
} as const satisfies {
  readonly [C in keyof Cgroups]-?: { readonly [K in keyof NonNullable<Cgroups[C]>]-?: CgroupFile };
};

/** Controllers by their names in the configuration. */
export type Controller = keyof typeof CGROUP_FILES;

/** The kernel's name of a controller. */
export function controllerName(controller: Controller): string {
  return controller === "mem" ? "memory" : controller;
}

const FILES: readonly CgroupFile[] = Object.values(CGROUP_FILES).flatMap((keys): CgroupFile[] => Object.values(keys));

/** Those that a group can have values of before in. */
export const RESETTABLE: readonly string[] = FILES.filter((file) => file.initial !== undefined || file.forget).map((
  { file },
) => file);

/**
 * The settings that a new group has of what is not in `settings`, each `file=value`. Without those of single devices, of which
 * there are none in it.
 */
export function initialSettings(settings: readonly string[]): readonly string[] {
  return FILES.flatMap(({ file, initial }) =>
    initial === undefined || initial === "" || settings.some((setting) => setting.startsWith(`${file}=`))
      ? []
      : [`${file}=${initial}`]
  );
}

/**
 * What has to be written so that nothing of before is left in a file.
 *
 * @param content of the file
 * @param settings that will be written to the group, `file=value`
 */
export function resetsOf(name: string, content: string, settings: readonly string[]): readonly string[] {
  const { initial, forget } = FILES.find(({ file }) => file === name) ?? {};
  const written = [name, ...(name === "cpu.weight" ? ["cpu.weight.nice"] : [])];
  const asked = written.flatMap((file) => settings.filter((setting) => setting.startsWith(`${file}=`)));
  const lines = content.split("\n").filter((line) => line !== "");
  const isAsked = (subject: string) => asked.some((setting) => setting.startsWith(`${name}=${subject} `));
  if (forget === undefined) return asked.length > 0 || lines.join("\n") === initial ? [] : [initial ?? ""];
  return lines.flatMap((line) => {
    const [subject = ""] = line.split(" ");
    if (isAsked(subject) || line === initial) return [];
    return [subject === "default" ? initial ?? "" : `${subject} ${forget}`];
  });
}

/**
 * Whether a file is as a launch leaves it.
 *
 * @param content without the line break at its end
 * @param settings of its group, `file=value`
 */
export function isAsSet(name: string, content: string, settings: readonly string[]): boolean {
  const { kind, initial } = FILES.find(({ file }) => file === name) ?? {};
  if (!linesFor(name, settings).every((line) => kind?.isShown(line, content))) return false;
  // A list that was not asked for may be anything: where there are processes, it cannot be emptied.
  return initial === "" || resetsOf(name, content, settings).length === 0;
}

/** What {@link isAsSet} expects, for messages. */
export function expectedContent(name: string, settings: readonly string[]): string {
  const initial = FILES.find(({ file }) => file === name)?.initial;
  return linesFor(name, settings).join(", ") || (initial ?? "nothing");
}

/** The file of a setting, `file=value`. */
export function fileOf(setting: string): string {
  return setting.slice(0, setting.indexOf("="));
}

function linesFor(name: string, settings: readonly string[]): string[] {
  return settings.filter((setting) => fileOf(setting) === name).map((setting) => setting.slice(name.length + 1));
}
