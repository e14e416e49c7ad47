import { allows, DEVICE_ACCESSES, type DeviceAccess } from "../../config/device.ts";

/** Devices that may be opened, and how. */
export interface DeviceRule {
  readonly kind: "block" | "char";
  /** The first and the last. */
  readonly major: readonly [number, number];
  /** Every one where there is none. */
  readonly minor?: number | undefined;
  readonly access: Exclude<DeviceAccess, "none">;
}

const FORM = /^(block|char) (\d{1,4})(?:-(\d{1,4}))?:(?:(\d{1,7})|\*) (r|w|rw)$/;

/** As in `char 1:3 rw` and `char 136-143:* rw`. */
export function showRule({ kind, major: [first, last], minor, access }: DeviceRule): string {
  return `${kind} ${first}${last === first ? "" : `-${last}`}:${minor ?? "*"} ${access}`;
}

/** @throws {Error} for a text that is no rule, which is a defect of who made the plan */
export function readRule(text: string): DeviceRule {
  const [, kind, first, last = first, minor, access] = FORM.exec(text) ?? [];
  if (kind === undefined) throw new Error(`"${text}" is no rule for devices`);
  return {
    kind: kind as DeviceRule["kind"],
    major: [Number(first), Number(last)],
    minor: minor === undefined ? undefined : Number(minor),
    access: access as DeviceRule["access"],
  };
}

/** Whether a rule lets a device be opened that way. */
export function permits(rule: DeviceRule, device: Omit<DeviceRule, "major"> & { readonly major: number }): boolean {
  return rule.kind === device.kind && rule.major[0] <= device.major && device.major <= rule.major[1] &&
    (rule.minor === undefined || rule.minor === device.minor) && allows(rule.access, device.access);
}

/** The last numbers that there could be: no driver has a major number above 511, CHRDEV_MAJOR_MAX of `linux/fs.h`. */
const NOBODY = { major: 4095, minor: 1_048_573 };

/** The rule for a standard descriptor of which it is not known yet whether it is of a device, or which is of none. */
export function placeRule(descriptor: number): DeviceRule & { readonly minor: number } {
  const { major, minor } = NOBODY;
  return { kind: "char", major: [major, major], minor: minor + descriptor, access: "rw" };
}

/** Every access that a rule can name. */
export const RULE_ACCESSES = DEVICE_ACCESSES.filter((access) => access !== "none");

const char = (major: number | readonly [number, number], minor?: number): DeviceRule => ({
  kind: "char",
  major: typeof major === "number" ? [major, major] : major,
  minor,
  access: "rw",
});

/** What every Devfs has, Documentation/admin-guide/devices.txt: null, zero, full, random, urandom, tty, ptmx, pseudo-terminals. */
export const STANDARD_RULES: readonly DeviceRule[] = [
  ...[3, 5, 7, 8, 9].map((minor) => char(1, minor)),
  char(5, 0),
  char(5, 2),
  char([136, 143]),
];
