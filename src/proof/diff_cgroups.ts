import { isWithin } from "../core/path.ts";
import { expectedContent, fileOf, isAsSet, RESETTABLE } from "../plan/cgroup_files.ts";
import type { LiveCgroup, LiveNode } from "../plan/live_node.ts";
import type { Operation } from "../plan/operation.ts";
import { compare, type Drift, name } from "./drift.ts";

/** A group that is there for all launches of a node: it has the limits of the plan, and no others. */
export function diffGroup({ path, settings }: Operation<"cgroup">, { cgroups }: LiveNode): Drift[] {
  if (cgroups === undefined) return [];
  const names = path.join("/");
  const group = cgroups.above.get(names);
  if (group === undefined) return [{ subject: `control group ${names}`, expected: "to be there", found: "none" }];
  // What the root of the tree is given is the machine's, which may have other settings in addition.
  return diffLimits(group, settings, path.length === 0 ? [] : RESETTABLE);
}

/** The group of the launch: its limits, and that the node's processes are in it. */
export function diffOwnGroup(
  { optional, settings }: Operation<"enter-cgroup">,
  { cgroups, processes }: LiveNode,
): Drift[] {
  if (cgroups === undefined) {
    return optional ? [] : [{ subject: "control group", expected: "one of its own", found: "none" }];
  }
  const { own } = cgroups;
  // Those that a launch has without asking are left out where there is no controller.
  const given = optional ? settings.filter((setting) => own.files.has(fileOf(setting))) : settings;
  return [
    ...diffLimits(own, given, RESETTABLE),
    ...processes.flatMap((process) =>
      process.cgroup !== undefined && isWithin(process.cgroup, own.path)
        ? []
        : compare(`control group of ${name(process)}`, own.path, process.cgroup)
    ),
  ];
}

/** The one filter that the launch has made: another one lets something else pass, and what is added takes something away. */
export function diffDeviceFilter({ optional }: Operation<"device-filter">, { cgroups }: LiveNode): Drift[] {
  const found = cgroups === undefined && !optional ? [] : cgroups?.own.deviceFilters;
  const expected = cgroups?.deviceFilter ?? found?.[0];
  if (found === undefined || found.length === 1 && found[0] === expected) return [];
  const show = (tag: string) => `program ${tag}`;
  return compare(
    "filter of devices",
    expected === undefined ? "one" : show(expected),
    found.length === 0 ? "none" : found.map(show).join(", "),
  );
}

/** @param files that are compared beside those of the settings */
function diffLimits(group: LiveCgroup, settings: readonly string[], files: readonly string[]): Drift[] {
  const asked = settings.map(fileOf);
  return [...new Set([...files, ...asked])].flatMap((file) => {
    const content = group.files.get(file);
    // What nobody has asked for is not limited either where its file is missing.
    if (content === undefined ? !asked.includes(file) : isAsSet(file, content, settings)) return [];
    const subject = `${file} of control group ${group.path}`;
    return compare(subject, expectedContent(file, settings), content ?? "no such file");
  });
}
