import { locateLimit } from "../config/merge_cgroups.ts";
import type { Sourced } from "../config/merged.ts";
import type { Cgroups } from "../config/schema.ts";
import { formatPosition, type Position } from "../core/error.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { type BuildContext, origin } from "./build_context.ts";
import { CGROUP_FILES, type CgroupFile, type Controller, controllerName } from "./cgroup_files.ts";
import { cgroupNames, cgroupTree } from "./cgroup_names.ts";
import { chooseDefaults, chooseEnd, showAmount } from "./default_limits.ts";
import type { Operation } from "./operation.ts";

/** A limit of the configuration that is valid. */
interface Limit {
  readonly controller: Controller;
  readonly row: CgroupFile;
  readonly lines: readonly string[];
  readonly where: Position;
}

interface Level {
  readonly source: Sourced<Cgroups>;
  /** Of the groups from the tree's root down to this one. */
  readonly path: readonly string[];
  readonly controllers: readonly string[];
  readonly limits: readonly Limit[];
}

/**
 * The control groups of a launch: one for each node of the family, nested as the nodes are, so that a limit of a node
 * bounds it and all its children together. The last is made for this launch alone and is the only one with processes in
 * it, as cgroup v2 demands.
 *
 * Without limits in the configuration the groups are optional: where no tree is delegated to the launcher, there are none.
 */
export function buildCgroups(context: BuildContext): Operation[] {
  const { merged } = context;
  const levels = readLevels(context);
  const isAsked = levels.some(({ controllers }) => controllers.length > 0);
  const leaf = levels.at(-1);
  if (leaf === undefined) return [];
  warnOfLarger(context, levels);

  const group = { operation: "cgroup", phase: "host", root: chooseRoot(context), optional: !isAsked } as const;
  /** What a group needs so that those below it can have it. */
  const below = (index: number) => [...new Set(levels.slice(index).flatMap(({ controllers }) => controllers))];
  return [
    ...levels.flatMap(({ limits }) => limits.filter(({ row }) => row.rootOnly === true)).map((limit): Operation => ({
      ...group,
      origin: limit.where,
      path: [],
      controllers: [controllerName(limit.controller)],
      settings: settings([limit]),
    })),
    { ...group, path: [cgroupTree(merged.admin)], controllers: below(0), settings: [] },
    ...levels.flatMap(({ source, path, controllers, limits }, index): Operation[] => {
      const above = levels[index - 1]?.path.length ?? 1;
      return path.slice(above).map((_, part) => ({
        ...group,
        ...(controllers.length > 0 ? origin(source.where) : {}),
        path: path.slice(0, above + part + 1),
        controllers: below(index),
        settings: above + part + 1 === path.length ? settings(limits.filter(({ row }) => row.rootOnly !== true)) : [],
      }));
    }),
    {
      operation: "enter-cgroup",
      phase: "init",
      source: { path: leaf.path.join("/") },
      levels: leaf.path.length,
      settings: [
        ...chooseDefaults(context).map(({ file, amount }) => `${file}=${showAmount(amount)}`),
        chooseEnd(context),
      ],
      optional: !isAsked,
    },
  ];
}

/** The levels from the root of the family to the leaf. */
function readLevels(context: BuildContext): readonly Level[] {
  const path = [cgroupTree(context.merged.admin)];
  let parent: string | undefined;
  return context.merged.cgroups.toReversed().map((source): Level => {
    path.push(...cgroupNames(source.node.path, parent));
    parent = source.node.path;
    const controllers = Object.keys(source.value) as Controller[];
    return {
      source,
      path: [...path],
      controllers: controllers.filter((name) => source.value[name] !== undefined).map(controllerName),
      limits: readLimits(context, source),
    };
  });
}

/** In the order of the table; what is wrong is noted. */
function readLimits(context: BuildContext, source: Sourced<Cgroups>): readonly Limit[] {
  const limits: Limit[] = [];
  for (const controller of Object.keys(CGROUP_FILES) as Controller[]) {
    const values: Readonly<Record<string, string | undefined>> = source.value[controller] ?? {};
    for (const [key, row] of Object.entries<CgroupFile>(CGROUP_FILES[controller])) {
      const value = values[key];
      if (value === undefined) continue;
      const { where } = locateLimit(source, controller, key);
      const refuse = (reason: string, ...hints: string[]) => {
        const message = `Cannot set ${row.file} to ${quote(value)}: ${reason}`;
        context.problems.push({ code: "E_CGROUP_VALUE", message, where, hints });
      };
      const lines = row.kind.read(value.trim());
      if (lines === undefined) refuse(`expected ${row.kind.expected}`);
      else if (key === "weight_nice" && values.weight !== undefined) {
        refuse("it is another form of cpu.weight, which is given as well", "keep one of the two");
      } else limits.push({ controller, row, lines, where });
    }
  }
  return limits;
}

function settings(limits: readonly Limit[]): readonly string[] {
  return limits.flatMap(({ row: { file }, lines }) => lines.map((line) => `${file}=${line}`));
}

/** A larger limit than that of an ancestor does no harm, the kernel applies both; but it is not what is meant. */
function warnOfLarger(context: BuildContext, levels: readonly Level[]): void {
  const smallest = new Map<string, { readonly amount: number; readonly limit: Limit }>();
  for (const { limits } of levels) {
    for (const limit of limits) {
      const { file, kind } = limit.row;
      if (!file.endsWith("max") && !file.endsWith("high") || kind.amount === undefined) continue;
      const [value = ""] = limit.lines;
      const amount = kind.amount(value);
      const above = smallest.get(file);
      if (above === undefined || amount <= above.amount) smallest.set(file, { amount, limit });
      else {
        context.warnings.push({
          code: "W_CGROUP_LARGER",
          message: `${file} of ${quote(value)} has no effect: an ancestor has ${quote(above.limit.lines[0] ?? "")} at ${
            formatPosition(above.limit.where)
          }`,
          where: limit.where,
        });
      }
    }
  }
}

/** `cgrouproot` as a path below the mount point, which it may begin with; empty for the launcher's own group. */
function chooseRoot(context: BuildContext): string {
  const { merged: { scalars: { cgrouproot } }, request: { facts: { cgroupMountPoint } } } = context;
  if (cgrouproot === undefined) return "";
  context.checkText(cgrouproot.value, cgrouproot.where);
  const path = normalizePath(cgrouproot.value);
  const mountPoint = normalizePath(cgroupMountPoint);
  return isWithin(path, mountPoint) ? normalizePath(path.slice(mountPoint.length)) : path;
}
