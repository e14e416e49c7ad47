import type { DeviceEntry } from "../config/device.ts";
import type { Ids, Sourced } from "../config/merged.ts";
import { quote } from "../core/quote.ts";
import { type BuildContext, origin } from "./build_context.ts";
import { showRule, STANDARD_RULES } from "./device_filter/rule.ts";
import { STANDARD_NAMES } from "./device_nodes.ts";
import type { Identity } from "./identity.ts";
import type { Capability, Operation, Phase } from "./operation.ts";

/** Devices of the configuration that the node is to have. */
export function givenDevices({ merged }: BuildContext): readonly Sourced<DeviceEntry>[] {
  return merged.devices.filter(({ value: { access } }) => access !== "none");
}

/** Notes what no Devfs can show. */
export function refuseDevices(context: BuildContext): void {
  const { merged: { exports }, problems, privileged } = context;
  const devices = givenDevices(context);
  for (const { value: { path, access }, where } of devices) {
    const [, , name = ""] = path.split("/");
    if (STANDARD_NAMES.includes(name)) {
      problems.push({
        code: "E_DEVICE_STANDARD",
        message: `Cannot show ${quote(path)}: every Devfs has a ${quote(`/dev/${name}`)} of its own`,
        where,
        hints: ["leave it out"],
      });
    }
    if (!privileged && access !== "rw") {
      context.refuseUser(
        `Cannot limit the access to ${quote(path)} to ${access}: only root can`,
        where,
        "set access to rw, or start it as root",
      );
    }
  }
  const [first] = devices;
  if (first === undefined || exports.some(({ value: { mode } }) => mode === "Devfs")) return;
  problems.push({
    code: "E_DEVICE_PLACE",
    message: `Cannot show ${quote(first.value.path)}: the node has no Devfs for it`,
    where: first.where,
    hints: ["add an export of mode Devfs at /dev, or give the device access none here"],
  });
}

/** Where a Devfs is, and who makes it. */
export interface DevicePlace {
  readonly destination: string;
  readonly phase: Phase;
  readonly owner: Ids;
}

/**
 * The devices of the configuration, in one Devfs. Root makes a device node that belongs to the node, for the host's own belongs to
 * an id that the node does not have. Nobody else may make any: they show the host's, as far as they may use it themselves.
 */
export function buildDevices(context: BuildContext, { destination, phase, owner }: DevicePlace): Operation[] {
  return givenDevices(context).map(({ value: { path, access, optional = false }, where }): Operation => {
    const common = {
      phase,
      origin: where,
      source: { path },
      destination: `${destination}${path.slice("/dev".length)}`,
      optional,
    } as const;
    if (!context.privileged) {
      return { operation: "bind", ...common, options: ["nosuid", "noexec"], isFile: false, isDevice: true };
    }
    if (phase !== "host") {
      context.problems.push({
        code: "E_DEVICE_PLACE",
        message: `Cannot show ${quote(path)} at ${quote(destination)}: that lies in a Procfs or Mqueue`,
        where,
        hints: ["put the Devfs somewhere else, as at /dev"],
      });
    }
    return { operation: "device", ...common, access, ...owner };
  });
}

/**
 * What the control group of a launch lets be opened, also of device nodes that were made otherwise. Only root may ask for that.
 *
 * It is a second lock behind what is shown: where it cannot be had, the launch goes on. It is the only lock, and needed, where
 * access is narrowed, for who owns a device node changes its mode, and where the node has ids and capabilities of the host by
 * which it could make device nodes itself.
 */
export function buildDeviceFilter(
  context: BuildContext,
  { maps }: Identity,
  capabilities: readonly Capability[],
): Operation[] {
  const { merged: { devices }, privileged, request: { compat } } = context;
  if (!privileged || compat === true && devices.length === 0) return [];
  const narrowed = givenDevices(context).find(({ value: { access } }) => access !== "rw");
  const isMaker = maps.uidMaps.length === 0 && MAKERS.some((capability) => capabilities.includes(capability));
  const needed = narrowed ?? (isMaker ? devices[0] : undefined);
  return [{
    operation: "device-filter",
    phase: "host",
    ...origin(needed?.where),
    rules: STANDARD_RULES.map(showRule),
    optional: needed === undefined,
  }];
}

/** Who has one of these in the host's user namespace can come by devices that nobody has shown him. */
const MAKERS: readonly Capability[] = ["CAP_MKNOD", "CAP_SYS_ADMIN"];
