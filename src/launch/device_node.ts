import { AT, MS, S } from "../../ffi/libc/constants.ts";
import type { Descriptor } from "../../ffi/libc/descriptor.ts";
import { type DeviceNumber, deviceNumber } from "../../ffi/libc/file_status.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { Operation } from "../plan/operation.ts";
import type { Host } from "./host.ts";
import { openSource } from "./host_source.ts";
import { type Attempt, refuse } from "./launch_error.ts";
import { procPath } from "./mount_options.ts";
import type { Mounter } from "./mounter.ts";
import type { NewRoot } from "./new_root.ts";

/** What a device of the host is now, by its descriptor: from here on its path does not matter. */
export function takeDevice(host: Host, { source }: Operation<"device">, attempt: Attempt): DeviceNumber {
  using opened = openSource(host, source, attempt);
  const number = deviceNumber(host.kernel, opened.number);
  if (number !== undefined) return number;
  throw refuse(attempt, {
    code: "E_DEVICE_NONE",
    reason: "it is no device",
    errno: "ENODEV",
    hints: ["devices are single ones: files and directories are for exports"],
  });
}

/**
 * Makes the node's own device node. The directory's mount is nodev, so the device is bound onto itself without that: what else
 * appears beside it stays as useless, and the node can take away neither mount.
 */
export function makeDevice(
  { kernel }: Host,
  mounter: Mounter,
  root: NewRoot,
  { destination, access, uid, gid }: Operation<"device">,
  number: DeviceNumber,
  attempt: Attempt,
): void {
  const { parent, name } = root.parent(destination, attempt);
  using _ = parent;
  makeNode(kernel, parent, name, modeOf(access), number);
  const place = root.place(destination, "nothing", attempt);
  using made = place.descriptor;
  kernel.fchownat(made.number, "", uid, gid, AT.EMPTY_PATH);
  using taken = mounter.take(made);
  mounter.bind(taken, ["nosuid", "noexec"], place);
  using mounted = place.reopen();
  const flags = MS.REMOUNT | MS.BIND | MS.NOSUID | MS.NOEXEC | MS.RELATIME;
  kernel.mount(null, procPath(mounted.number), null, flags, null);
}

function modeOf(access: string): number {
  return (access.includes("r") ? 0o400 : 0) | (access.includes("w") ? 0o200 : 0);
}

/** As the kernel's `new_encode_dev` packs the numbers, `linux/kdev_t.h`. */
function makeNode(kernel: Kernel, parent: Descriptor, name: string, mode: number, number: DeviceNumber): void {
  const { kind, major, minor } = number;
  const type = kind === "block" ? S.IFBLK : S.IFCHR;
  kernel.mknodat(parent.number, name, type | mode, (minor & 0xff) + major * 2 ** 8 + (minor >>> 8) * 2 ** 20);
}
