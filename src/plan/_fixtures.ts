import type { DeviceEntry } from "../config/device.ts";
import type { Facts } from "../config/facts.ts";
import type { MergedConfig, MergedEnviron, MergedExport, Sourced } from "../config/merged.ts";
import type { Resource, ResourceLimit } from "../config/resource_limits.ts";
import type { RedNode } from "../config/node.ts";
import type { CapabilityEntry, ScalarKey, Scalars, Sharing } from "../config/schema.ts";
import type { RedpakError } from "../core/error.ts";
import { idBase } from "../config/id_range.ts";
import { resolveIdentity } from "../config/identity.ts";
import { buildPlan, type PlanRequest } from "./build.ts";
import type { Operation, OperationName } from "./operation.ts";
import type { Plan } from "./plan.ts";

/** A merged configuration in short: values get the line of their place in the list, scalars line 1. */
export interface ConfigFixture {
  readonly exports?: readonly MergedExport[];
  readonly environ?: readonly MergedEnviron[];
  readonly capabilities?: readonly CapabilityEntry[];
  readonly devices?: readonly DeviceEntry[];
  readonly scalars?: Scalars;
  readonly sharing?: { readonly [K in keyof MergedConfig["sharing"]]?: Sharing };
  readonly network?: { readonly bind?: number[]; readonly connect?: number[] };
  readonly rlimits?: { readonly [R in Resource]?: ResourceLimit };
  readonly path?: readonly string[];
  readonly ldpath?: readonly string[];
  readonly rest?: Partial<MergedConfig>;
}

const FILE = "/n/etc/redpak.yaml";
const locate = () => ({ file: FILE, line: 1, column: 1 });

const NODE: RedNode = {
  path: "/n",
  status: { file: "/n/.rednode.yaml", status: { realpath: "/n", timestamp: 0, state: "Enable" }, locate },
  normal: { part: "normal", file: FILE, config: { headers: { alias: "a" } }, locate, written: () => undefined },
};

/** The id of the host that is 0 inside, in the nodes that root launches here. */
export const BASE = idBase(NODE);

export function sourced<T>(value: T, index = 0): Sourced<T> {
  return { value, node: NODE, part: "normal", where: { file: FILE, line: index + 1, column: 1 } };
}

export function merged(fixture: ConfigFixture = {}): MergedConfig {
  const list = <T>(values: readonly T[] = []) => values.map((value, index) => sourced(value, index));
  const unset = { user: undefined, cgroup: undefined, net: undefined, pid: undefined, ipc: undefined, time: undefined };
  const source = (record: object) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, sourced(value)]));
  return {
    leaf: NODE,
    family: [NODE],
    admin: false,
    ids: { uid: 0, gid: 0 },
    scalars: source(fixture.scalars ?? {}) as { [K in ScalarKey]?: Sourced<NonNullable<Scalars[K]>> },
    sharing: { ...unset, ...source(fixture.sharing ?? {}) },
    capabilities: list(fixture.capabilities),
    environ: list(fixture.environ),
    exports: list(fixture.exports),
    path: list(fixture.path),
    ldpath: list(fixture.ldpath),
    devices: list(fixture.devices),
    network: source(fixture.network ?? {}),
    rlimits: source(fixture.rlimits ?? {}),
    service: { after: [], listen: [] },
    cgroups: [],
    pending: [],
    warnings: [],
    ...fixture.rest,
  };
}

export const FACTS: Facts = {
  architecture: "x86_64",
  kernel: "6.12.0",
  memory: 2 ** 30,
  env: {},
  uid: 0,
  gid: 0,
  pid: 42,
  cwd: "/work",
  today: "01-Jan-2024 00:00 (UTC)",
  uuid: () => "00000000-0000-4000-8000-000000000000",
  cgroupMountPoint: "/sys/fs/cgroup",
  userId: (name) => name === "alice" ? { uid: 1000, gid: 100 } : undefined,
  groupId: (name) => name === "audio" ? 29 : undefined,
  terminal: false,
};

export interface RequestFixture extends Partial<Omit<PlanRequest, "facts">> {
  readonly facts?: Partial<Facts>;
}

export function plan(config: ConfigFixture = {}, { facts, ...request }: RequestFixture = {}): Plan {
  const all = { ...FACTS, ...facts };
  const configuration = merged(config);
  const { ids } = resolveIdentity(configuration.scalars["set-user"], configuration.scalars["set-group"], all);
  return buildPlan({ ...configuration, ids }, { arguments: ["true"], ...request, facts: all });
}

/** All operations of a name. */
export function all<K extends OperationName>({ operations }: Plan, name: K): Operation<K>[] {
  return operations.filter(({ operation }) => operation === name) as unknown[] as Operation<K>[];
}

/** The only operation of a name. */
export function only<K extends OperationName>(plan: Plan, name: K): Operation<K> {
  const [first, ...others] = all(plan, name);
  if (first === undefined || others.length > 0) throw new Error(`not exactly one ${name}`);
  return first;
}

/** What the plan does for the exports: the operations between the fixed ones that surround them. */
export function mounts(plan: Plan): { readonly host: Operation[]; readonly init: Operation[] } {
  const at = (name: OperationName) => plan.operations.findIndex(({ operation }) => operation === name);
  const hostEnd = plan.operations.findIndex(({ phase }) => phase === "init");
  return {
    host: plan.operations.slice(at("root") + 1, hostEnd),
    init: plan.operations.slice(at("pivot-root") + 1, at("detach-old-root")),
  };
}

/** The error that `action` throws. */
export function failure(action: () => unknown): RedpakError {
  try {
    action();
  } catch (error) {
    return error as RedpakError;
  }
  throw new Error("nothing was thrown");
}
