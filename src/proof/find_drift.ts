import { MAX_SIZE } from "../plan/binary_format.ts";
import { RESOURCES } from "../config/resource_limits.ts";
import type { Limit, LiveNode, LiveProcess } from "../plan/live_node.ts";
import {
  CAPABILITIES,
  type Capability,
  type IdMap,
  type Namespace,
  type Operation,
  type OperationName,
} from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { diffDeviceFilter, diffGroup, diffOwnGroup } from "./diff_cgroups.ts";
import { diffMounts } from "./diff_mounts.ts";
import { compare, type Drift, name } from "./drift.ts";

export type { Drift } from "./drift.ts";

/**
 * Everything about a running node that is not as its plan says. What the program may do by itself and what does not
 * loosen its confinement, such as changing its directory or giving up capabilities, is no drift; what the kernel hides
 * from the caller is not compared. Pure.
 */
export function findDrift(plan: Plan, live: LiveNode): Drift[] {
  const drifts = plan.operations.flatMap((operation) => {
    const check = CHECKS[operation.operation] as Check<OperationName> | undefined;
    return (check?.(operation, live, plan) ?? []).map((drift) => ({ ...drift, where: operation.origin }));
  });
  return [...diffMounts(plan, live), ...drifts, ...diffMembership(live)];
}

type Check<N extends OperationName> = (operation: Operation<N>, live: LiveNode, plan: Plan) => readonly Drift[];

/** What an operation leaves to be seen in the running node. */
const CHECKS: { readonly [N in OperationName]?: Check<N> } = {
  "clone": ({ namespaces, uidMaps, gidMaps, denySetgroups }, live, plan) => {
    const joined = plan.operations.flatMap((operation) => operation.operation === "join" ? [operation.namespace] : []);
    const time = plan.operations.some(({ operation, phase }) => operation === "unshare" && phase === "init");
    const names = Object.keys(live.hostNamespaces) as Namespace[];
    const wrong = names.filter((name) => !joined.includes(name)).flatMap((name) => {
      const own = namespaces.includes(name) || name === "time" && time;
      const found = member(live)?.namespaces[name];
      if (found === undefined || own === (found !== live.hostNamespaces[name])) return [];
      return [{ subject: `${name} namespace`, expected: own ? "the node's own" : "the host's", found }];
    });
    if (!namespaces.includes("user")) return wrong;
    const nested = plan.operations.find((operation) => operation.operation === "nest-user-namespace");
    const compose = (kind: "uidMaps" | "gidMaps", maps: readonly IdMap[]) =>
      nested === undefined ? maps : composeMaps(nested[kind], maps);
    return [
      ...wrong,
      ...compare("uid map", formatMaps(compose("uidMaps", uidMaps)), formatMaps(member(live)?.uidMaps ?? [])),
      ...compare("gid map", formatMaps(compose("gidMaps", gidMaps)), formatMaps(member(live)?.gidMaps ?? [])),
      ...denySetgroups ? compare("setgroups", "deny", member(live)?.setgroups) : [],
    ];
  },
  "join": ({ namespace, source }, live) => {
    const expected = "path" in source ? live.namespaceFiles.get(source.path) : undefined;
    return expected === undefined
      ? []
      : compare(`${namespace} namespace`, expected, member(live)?.namespaces[namespace]);
  },
  "device": ({ destination }, live) => diffDevice(destination, live),
  "bind": ({ destination, isDevice }, live) => isDevice ? diffDevice(destination, live) : [],
  "cgroup": diffGroup,
  "enter-cgroup": diffOwnGroup,
  "device-filter": diffDeviceFilter,
  "hostname": ({ name }, live) => compare("host name", name, live.hostName),
  "loopback": (_, live) => compare("network interfaces", "lo", [...live.interfaces].sort().join(",")),
  "become-program": (_, live) => diffInits(live),
  "fork": (_, live, plan) => [
    ...diffInits(live),
    ...program(live).flatMap((process) => [
      ...compare(
        `oom_score_adj of ${name(process)}`,
        live.processes[0]?.oomScoreAdjustment,
        process.oomScoreAdjustment,
      ),
      ...compare(`nice value of ${name(process)}`, live.processes[0]?.nice, process.nice),
      ...diffOtherLimits(process, live, plan),
    ]),
  ],
  "rlimit": ({ resource, soft, hard, unless }, live) => {
    const given = live.processes[0]?.limits[resource];
    if (given === undefined) return [];
    const most = hard > given.hard ? given.hard : hard;
    return program(live).flatMap((process) => {
      // Where the control group has the limit, nothing was done.
      if (unless !== "" && diffLimit(process, resource, given).length === 0) return [];
      return diffLimit(process, resource, { soft: soft > most ? most : soft, hard: most });
    });
  },
  "identity": ({ uid, gid }, live, plan) => {
    const { effective } = plan.operations.find((operation) => operation.operation === "capabilities") ?? {};
    const may = (capability: Capability) => effective === undefined || effective.includes(capability);
    return program(live).flatMap((process) => [
      ...may("CAP_SETUID") ? [] : status(process, "Uid", Array(4).fill(outside(uid, process.uidMaps)).join(" ")),
      ...may("CAP_SETGID") ? [] : status(process, "Gid", Array(4).fill(outside(gid, process.gidMaps)).join(" ")),
    ]);
  },
  "capabilities": ({ bounding, inheritable, ambient }, live) =>
    confined(live).flatMap((process) => [
      ...exceeds(process, "CapBnd", bounding),
      ...exceeds(process, "CapPrm", bounding),
      ...exceeds(process, "CapEff", bounding),
      ...exceeds(process, "CapInh", inheritable),
      ...exceeds(process, "CapAmb", ambient),
    ]),
  "seccomp": (_, live) =>
    confined(live).flatMap((process) => [
      ...status(process, "Seccomp", "2"),
      ...lacksFilters(process, live),
    ]),
  "smack": ({ label }, live) =>
    confined(live).flatMap((process) => compare(`label of ${name(process)}`, label, process.label)),
  "exec-label": ({ module, label }, live) =>
    confined(live).flatMap((process) => {
      const found = module === "apparmor" ? withoutMode(process.label) : process.label;
      return compare(`label of ${name(process)}`, label, found);
    }),
  "no-new-privileges": (_, live) => confined(live).flatMap((process) => status(process, "NoNewPrivs", "1")),
  "exec": ({ arguments: words, environment }, live) =>
    program(live).flatMap((process) => {
      // A program that has executed another one has given that an environment of its own.
      if (process.environment === undefined || process.arguments?.join("\0") !== words.join("\0")) return [];
      const found = process.environment.filter((variable) => !variable.startsWith("PWD="));
      return compare("environment", [...environment].sort().join(" "), [...found].sort().join(" "));
    }),
};

/** Init, and who stays behind when somebody enters, can do nothing but end the others. */
function diffInits({ processes }: LiveNode): Drift[] {
  return processes.filter(({ role }) => role === "init" || role === "helper").flatMap((process) => [
    ...exceeds(process, "CapEff", ["CAP_KILL"]),
    ...exceeds(process, "CapPrm", ["CAP_KILL"]),
    ...status(process, "NoNewPrivs", "1"),
  ]);
}

/** That it is there at all is a matter of the mounts. */
function diffDevice(destination: string, { devices }: LiveNode): Drift[] {
  const { expected, found } = devices.get(destination) ?? {};
  return compare(`device ${destination}`, expected, found);
}

/** A profile that only complains confines nobody: then its mode is a part of what is found. */
function withoutMode(label: string | undefined): string | undefined {
  return label?.replace(/ \((?:enforce|kill)\)$/, "");
}

/** Limits that the plan leaves alone are those of the launcher, which init has as well. */
function diffOtherLimits(process: LiveProcess, { processes }: LiveNode, { operations }: Plan): Drift[] {
  const planned = operations.flatMap((operation) => operation.operation === "rlimit" ? [operation.resource] : []);
  return (processes[0]?.limits ?? []).flatMap((limit, resource) =>
    planned.includes(resource) ? [] : diffLimit(process, resource, limit)
  );
}

/** Whoever is in the node is in all of its namespaces. */
function diffMembership(live: LiveNode): Drift[] {
  const reference = member(live);
  return confined(live).flatMap((process) => {
    const strange = (Object.keys(live.hostNamespaces) as Namespace[]).filter((name) => {
      const [expected, found] = [reference?.namespaces[name], process.namespaces[name]];
      return expected !== undefined && found !== undefined && expected !== found;
    });
    if (strange.length === 0) return [];
    return [{
      subject: name(process),
      expected: "the namespaces of the node",
      found: `others: ${strange.join(", ")}`,
    }];
  });
}

/** The process that stands for the node: init, where the kernel shows its namespaces to the caller. */
function member({ processes }: LiveNode): LiveProcess | undefined {
  return processes.find(({ namespaces }) => namespaces.mount !== undefined);
}

function program({ processes }: LiveNode): LiveProcess[] {
  return processes.filter(({ role }) => role === "program");
}

/** The processes that the plan's restrictions hold for: the program, what it has started, and whoever has joined. */
function confined({ processes }: LiveNode): LiveProcess[] {
  return processes.filter(({ role }) => role === "program" || role === "other");
}

function status(process: LiveProcess, field: string, expected: string): Drift[] {
  return compare(`${field} of ${name(process)}`, expected, process.status.get(field));
}

/**
 * The caller's filters are init's; the plan's comes on top of them, and a process may have added others (Linux 5.9). Where the
 * program is PID 1, nobody shows how many the caller has.
 */
function lacksFilters(process: LiveProcess, live: LiveNode): Drift[] {
  const count = (of: LiveProcess | undefined) => Number(of?.status.get("Seccomp_filters") ?? NaN);
  const expected = count(live.processes.find(({ role }) => role === "init")) + 1;
  if (!(count(process) < expected)) return [];
  const subject = `Seccomp_filters of ${name(process)}`;
  return [{ subject, expected: `at least ${expected}`, found: String(count(process)) }];
}

/** A process may have given up some. */
function exceeds(process: LiveProcess, field: string, allowed: readonly Capability[]): Drift[] {
  const bits = BigInt(`0x${process.status.get(field) ?? "0"}`);
  const extra = CAPABILITIES.filter((capability, bit) =>
    (bits >> BigInt(bit) & 1n) === 1n && !allowed.includes(capability)
  );
  if (extra.length === 0) return [];
  return [{
    subject: `${field} of ${name(process)}`,
    expected: allowed.join(",") || "none",
    found: `also ${extra.join(",")}`,
  }];
}

function diffLimit(process: LiveProcess, resource: number, { soft, hard }: Limit): Drift[] {
  const found = process.limits[resource];
  if (found === undefined || (found.soft === soft && found.hard === hard)) return [];
  const show = (soft: bigint, hard: bigint) => `soft=${showLimit(soft)},hard=${showLimit(hard)}`;
  const subject = `limit ${RESOURCES[resource] ?? resource} of ${name(process)}`;
  return [{ subject, expected: show(soft, hard), found: show(found.soft, found.hard) }];
}

function showLimit(limit: bigint): string {
  return limit === MAX_SIZE ? "unlimited" : String(limit);
}

/** Lines of an id map whose ids outside are those inside of another one. */
function composeMaps(inner: readonly IdMap[], outer: readonly IdMap[]): IdMap[] {
  return inner.map((map) => ({ ...map, outside: outside(map.outside, outer) }));
}

function outside(id: number, maps: readonly IdMap[]): number {
  const map = maps.find(({ inside, count }) => id >= inside && id - inside < count);
  return map === undefined ? id : map.outside + id - map.inside;
}

function formatMaps(maps: readonly IdMap[]): string {
  return maps.map(({ inside, outside, count }) => `${inside} ${outside} ${count}`).join(", ");
}
