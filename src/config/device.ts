import * as z from "zod/mini";
import { normalizePath } from "../core/path.ts";
import { readBoolean } from "./dialect.ts";
import { BOOLEAN_SHOWN, keyword, optionalText, shown, written } from "./schema_parts.ts";

/** What a program may do with a device, by strength where one contains the other. */
export const DEVICE_ACCESSES = ["none", "r", "w", "rw"] as const;
export type DeviceAccess = (typeof DEVICE_ACCESSES)[number];

/** Whether whoever has `granted` may do all of `wanted`. */
export function allows(granted: DeviceAccess, wanted: DeviceAccess): boolean {
  return wanted === "none" || [...wanted].every((letter) => granted !== "none" && granted.includes(letter));
}

/** One path, as it stands there: variables would come from who launches, and patterns would grow with the machine. */
const devicePath = shown(
  written((value, refuse) => {
    const isPlain = /^\/dev\/./.test(value) && !/[$*?[\0]/.test(value) && !value.split("/").includes("..");
    const path = normalizePath(value);
    return isPlain && path !== "/dev"
      ? path
      : refuse('expected the path of one device in /dev, without variables and ".."');
  }),
  { type: "string", pattern: "^/dev/[^$*?[]+$" },
);

/** An entry of `devices`, a key that redpak 2.5 does not know. */
export const device = z.strictObject({
  path: devicePath,
  access: keyword(DEVICE_ACCESSES),
  /** Left out where this machine has no such device; without it that stops the launch. */
  optional: z.optional(shown(written(readBoolean), BOOLEAN_SHOWN)),
  info: optionalText,
  warn: optionalText,
});
export type DeviceEntry = z.output<typeof device>;

/** Each gets mounts of its own. */
export const MOST_DEVICES = 128;
