import { isErrno } from "../../ffi/libc/system_call_error.ts";
import { fileOf, resetsOf, RESETTABLE } from "../plan/cgroup_files.ts";
import { listed } from "../plan/cgroup_values.ts";
import type { CgroupDirectory } from "./cgroup_directory.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/** `file=value` in parts. */
function parse(setting: string): readonly [file: string, value: string] {
  const file = fileOf(setting);
  return [file, setting.slice(file.length + 1)];
}

/** The controller that a setting's file belongs to. */
export function controllerOf(setting: string): string {
  return setting.slice(0, setting.indexOf("."));
}

/**
 * Gives a group exactly these settings.
 *
 * INVARIANT: a value is replaced in one step: to reset it first would leave a moment without a limit.
 *
 * @param isNew the group has just been made: there is nothing of before in it
 */
export function applySettings(
  group: CgroupDirectory,
  settings: readonly string[],
  { isNew, attempt }: { readonly isNew: boolean; readonly attempt: Attempt },
): void {
  const resets = isNew ? [] : RESETTABLE.flatMap((file) => {
    const content = group.read(file);
    return content === undefined ? [] : resetsOf(file, content, settings).map((line) => `${file}=${line}`);
  });
  for (const setting of [...resets, ...settings]) write(group, setting, attempt);
  for (const setting of settings) verify(group, setting, attempt);
}

function write(group: CgroupDirectory, setting: string, attempt: Attempt): void {
  const [file, value] = parse(setting);
  try {
    if (group.write(file, value)) return;
  } catch (error) {
    // A cpuset of running processes cannot be emptied again; all that there is comes to the same.
    if (value === "" && isErrno(error, "ENOSPC") && inheritAll(group, file)) return;
    if (!isErrno(error, "EINVAL", "ERANGE", "ENODEV", "EOPNOTSUPP", "EBUSY", "ENOSPC")) throw error;
    throw refuse(attempt, {
      code: "E_CGROUP_VALUE",
      reason: `the kernel does not take "${value}" for ${file}`,
      errno: error.errno,
      hints: error.errno === "ENODEV" ? ["/proc/partitions lists the devices"] : [],
      cause: error,
    });
  }
  throw refuse(attempt, { code: "E_CGROUP_FILE", reason: `this kernel has no ${file}`, errno: "ENOENT" });
}

function inheritAll(group: CgroupDirectory, file: string): boolean {
  using parent = group.open("..");
  return group.write(file, parent.read(`${file}.effective`) ?? "");
}

/** The kernel takes some values and then applies others (cgroup-v2.rst, "Cpuset"). */
function verify(group: CgroupDirectory, setting: string, attempt: Attempt): void {
  const [file, value] = parse(setting);
  if (file === "cpuset.cpus" || file === "cpuset.mems") {
    const asked = listed(value) ?? new Set();
    const given = listed(group.read(`${file}.effective`) ?? "") ?? new Set();
    if ([...given].every((number) => asked.has(number))) return;
  } else if (file !== "cpuset.cpus.partition" || group.read(file) === value) return;
  throw refuse(attempt, {
    code: "E_CGROUP_VALUE",
    reason: `${file} is "${value}", and the kernel applies "${
      group.read(file === "cpuset.cpus.partition" ? file : `${file}.effective`)
    }"`,
    hints: [
      "the groups above do not have what is asked for: see their cpuset.cpus.effective and cpuset.mems.effective",
    ],
  });
}
