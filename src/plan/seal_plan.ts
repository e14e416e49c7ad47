import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { initialSettings } from "./cgroup_files.ts";
import { callersDescriptors } from "./device_filter/callers_descriptors.ts";
import { compileDeviceFilter, placeOf } from "./device_filter/compile.ts";
import { type DeviceRule, placeRule, readRule } from "./device_filter/rule.ts";
import { HALF_OF_MEMORY, halfOf } from "./default_limits.ts";
import type { Operation } from "./operation.ts";
import type { Plan } from "./plan.ts";

/** A file as it was when a launcher was sealed, statx(2). All is 0 where nothing was there. */
export interface Stamp {
  readonly path: string;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
  readonly changed: bigint;
}

export type DeviceNumbers = Pick<DeviceRule, "kind" | "minor"> & { readonly major: number };

/** What a plan needs to be carried out by its stage alone. */
export interface Seal {
  /** Who may start it. */
  readonly uid: number;
  readonly gid: number;
  /** The kernel that it takes at least, major and minor number; undefined for any. */
  readonly kernel: readonly [major: number, minor: number] | undefined;
  /** What it was made from. */
  readonly stamps: readonly Stamp[];
  /** The command that seals it again where something of that has changed; empty for none. */
  readonly renew: readonly string[];
  /** The nodes whose content is held while it is taken. */
  readonly nodes: readonly string[];
  /** Where records of launches are. */
  readonly records: string;
  /** Where the tree of control groups is mounted. */
  readonly cgroupMountPoint: string;
  /** What is a device now; undefined where it is none. */
  readonly deviceAt: (path: string) => DeviceNumbers | undefined;
}

/** Nodes in each other, as many as the stage holds locks of. */
const MOST_NODES = 32;

/**
 * The plan of a sealed launcher: what a launcher in TypeScript would do besides is in it as operations of the stage.
 *
 * @param plan one that was built with `sealed`
 * @throws {RedpakError} `E_SEAL` for what cannot be decided before the launch
 */
export function sealPlan(plan: Plan, seal: Seal): Plan {
  refuse(plan, seal);
  const { uid, gid, kernel, stamps, renew, nodes, records } = seal;
  const phase = "init";
  const operations: Operation[] = [
    {
      operation: "sealed",
      phase,
      uid,
      gid,
      kernel: kernel === undefined ? 0 : kernel[0] * 0x1_0000 + kernel[1],
      files: stamps.map(({ path }) => path),
      stamps: stamps.flatMap(({ inode, size, modified, changed }) => [inode, size, modified, changed]),
      renew,
    },
    { operation: "hold", phase, nodes },
    { operation: "write-record", phase, directory: records },
    ...plan.operations.flatMap((operation) => sealOperation(operation, plan, seal)),
  ];
  return { ...plan, warnings: [], operations };
}

/** The operations of one; those that move stand where the operation is that they belong to. */
function sealOperation(operation: Operation, plan: Plan, seal: Seal): Operation[] {
  switch (operation.operation) {
    case "cgroup":
      return [{
        ...operation,
        root: rootDirectory(operation.root, seal.cgroupMountPoint),
        controllers: [...operation.controllers, ...defaultControllers(plan, operation.controllers)],
        settings: [
          // What a launch before may have left in a group.
          ...operation.path.length === 0 ? [] : initialSettings(operation.settings).map((setting) => `?${setting}`),
          ...operation.settings,
        ],
      }];
    case "enter-cgroup":
      return [operation, ...sealFilter(plan, seal)];
    case "fork":
    case "become-program":
      return [{ operation: "release", phase: "init", descriptors: [] }, operation];
    default:
      return [operation];
  }
}

function rootDirectory(root: string, mountPoint: string): string {
  return root === "" ? `${mountPoint}/` : `${mountPoint}/${OWN}${root.replace(/^\/+/, "")}`;
}

/** Between the mount point and the group that a configuration names, which begins at it. */
const OWN = "/";

/**
 * The plan that a sealed launcher's was made from, for who compares it with what runs.
 *
 * @param memory bytes that the machine has
 */
export function unsealPlan(plan: Plan, memory: number): Plan {
  const half = halfOf(memory);
  const settled = (settings: readonly string[]) =>
    settings.filter((setting) => !setting.startsWith("?")).map((setting) => setting.replace(/=half$/, `=${half}`));
  const amount = (size: bigint) => size === HALF_OF_MEMORY ? half : size;
  const operations = plan.operations.flatMap((operation): Operation[] => {
    switch (operation.operation) {
      case "sealed":
      case "hold":
      case "write-record":
      case "release":
      case "device-program":
        return [];
      case "cgroup": {
        const [, named = ""] = operation.root.split(`/${OWN}`);
        const controllers = operation.controllers.filter((name) => !name.startsWith("?"));
        return [{ ...operation, root: named, controllers, settings: settled(operation.settings) }];
      }
      case "enter-cgroup":
        return [{ ...operation, settings: settled(operation.settings) }];
      case "rlimit":
        return [{ ...operation, soft: amount(operation.soft), hard: amount(operation.hard) }];
      default:
        return [operation];
    }
  });
  return { ...plan, operations };
}

/** Those of the launch's own settings, which are left out where there is no controller for them. */
function defaultControllers({ operations }: Plan, wanted: readonly string[]): string[] {
  const entry = operations.find((operation) => operation.operation === "enter-cgroup");
  const names = entry?.settings.map((setting) => setting.slice(0, setting.indexOf("."))) ?? [];
  return [...new Set(names)].filter((name) => !wanted.includes(name)).map((name) => `?${name}`);
}

function sealFilter({ operations }: Plan, { deviceAt }: Seal): Operation[] {
  const filter = operations.find((operation) => operation.operation === "device-filter");
  if (filter === undefined) return [];
  const shown = operations.flatMap((operation): DeviceRule[] => {
    if (operation.operation !== "device" || !("path" in operation.source)) return [];
    const device = deviceAt(operation.source.path);
    const access = operation.access as DeviceRule["access"];
    return device === undefined ? [] : [{ ...device, major: [device.major, device.major], access }];
  });
  const places = [0, 1, 2].map(placeRule);
  const bytes = compileDeviceFilter([...filter.rules.map(readRule), ...shown, ...places]);
  const program = [...new BigUint64Array(bytes.buffer)];
  const slots = callersDescriptors({ operations }).map((number) => placeOf(program, placeRule(number)));
  return [{
    operation: "device-program",
    phase: "init",
    ...filter.origin === undefined ? {} : { origin: filter.origin },
    program,
    slots,
    optional: filter.optional,
  }];
}

function refuse(plan: Plan, seal: Seal): void {
  const reason = findReason(plan, seal);
  if (reason === undefined) return;
  throw new RedpakError({
    code: "E_SEAL",
    exit: EXIT.configuration,
    message: `Cannot seal ${quote(plan.node)}: ${reason.text}`,
    where: reason.where,
    hints: reason.hints,
  });
}

function findReason({ operations, pending }: Plan, { nodes, deviceAt }: Seal) {
  const [command] = pending;
  if (command !== undefined) {
    return {
      text: `what ${quote(command.command)} prints may be another at each launch`,
      where: command.where,
      hints: ["redpak seal --evaluate takes what it prints now", "redpak run starts the node without a launcher"],
    };
  }
  for (const operation of operations) {
    if (operation.operation !== "device" || operation.optional || !("path" in operation.source)) continue;
    const { path } = operation.source;
    if (deviceAt(path) !== undefined) continue;
    return {
      text: `what number the device ${quote(path)} has is known on the device only`,
      where: operation.origin,
      hints: ["seal it there, where the device is"],
    };
  }
  if (nodes.length > MOST_NODES) {
    return { text: `it has more than ${MOST_NODES - 1} ancestors`, where: undefined, hints: [] };
  }
}
