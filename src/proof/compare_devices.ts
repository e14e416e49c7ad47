import { allows, type DeviceAccess } from "../config/device.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { Comparison } from "./effective.ts";

/** Every device of the child is one of the ancestor's, by its path as text, with at least that access. */
export function compareDevices({ child, ancestor, limiter }: Comparison): Problem[] {
  return child.merged.devices.flatMap((line): Problem[] => {
    const { path, access } = line.value;
    const theirs = ancestor.merged.devices.find(({ value }) => value.path === path);
    const granted: DeviceAccess = theirs?.value.access ?? "none";
    if (allows(granted, access)) return [];
    const limit = theirs?.where ?? ancestor.merged.leaf.normal.locate(["config", "devices"]);
    return [{
      code: "E_LOOSENED_DEVICE",
      message: `Cannot give access ${access} to device ${quote(path)}: ${
        granted === "none" ? "not granted" : `${granted} only`
      } by ${formatPosition(limit)}`,
      where: line.where,
      limit,
      hints: [
        granted === "none"
          ? `devices of the ${limiter} can be given here; none takes one away`
          : `access can be ${granted} here`,
      ],
      fix: line.path && setInFile(line, [...line.path, "access"], granted),
    }];
  });
}
