import type { MergedConfig } from "../config/merged.ts";
import type { LANDLOCK_MODES } from "../config/confinement_schema.ts";
import { formatPosition, type Position } from "../core/error.ts";
import { isWithin } from "../core/path.ts";
import { type BuildContext, origin } from "./build_context.ts";
import type { NamespaceChoices } from "./namespaces.ts";
import type { Capability, Operation } from "./operation.ts";

/** What a configuration asks of Landlock. */
export interface LandlockChoice {
  readonly mode: (typeof LANDLOCK_MODES)[number];
  /** Lowest version of the kernel's interface; 0 for whatever there is, none included. */
  readonly minimum: number;
  readonly where: Position | undefined;
}

/**
 * `auto` where no file says anything, but for nodes that hold CAP_SYS_ADMIN: under Landlock nobody can mount, and that is
 * what they have it for.
 */
export function chooseLandlock(
  { scalars, network }: MergedConfig,
  capabilities: ReadonlySet<Capability>,
): LandlockChoice {
  const { landlock, "landlock-abi": abi } = scalars;
  const ports = network.bind ?? network.connect;
  const isAutomatic = ports !== undefined || !capabilities.has("CAP_SYS_ADMIN");
  const mode = landlock?.value ?? (isAutomatic ? "auto" : "off");
  const asked = abi?.value ?? (mode === "required" ? 1 : 0);
  const minimum = mode === "off" ? 0 : Math.max(asked, ports === undefined ? 0 : PORTS_SINCE);
  return { mode, minimum, where: landlock?.where ?? abi?.where ?? ports?.where };
}

/** The version of Landlock that knows TCP ports, Linux 6.7. */
const PORTS_SINCE = 4;

/**
 * The second lock on the doors that the mounts are: what they show can be read, what they show writable be written, and
 * what is not below the node's root cannot be opened at all, whichever way a program came to it.
 *
 * @param mounts all operations that make the node's mount tree
 */
export function buildLandlock(
  context: BuildContext,
  { pid, net }: NamespaceChoices,
  capabilities: readonly Capability[],
  mounts: readonly Operation[],
): Operation[] {
  const { merged } = context;
  const { bind, connect } = merged.network;
  const { mode, minimum, where } = chooseLandlock(merged, new Set(capabilities));
  if (mode === "off") {
    refusePorts(context);
    return [];
  }
  return [{
    operation: "landlock",
    phase: "init",
    ...origin(where),
    minimum,
    limitBind: bind !== undefined,
    limitConnect: connect !== undefined,
    // In namespaces of its own a node meets nobody else.
    scopeSockets: net.kind !== "new",
    scopeSignals: pid.kind !== "new",
    readable: ["/"],
    writable: listWritable(mounts),
    bind: bind?.value ?? [],
    connect: connect?.value ?? [],
  }];
}

/** Nothing else limits ports. */
function refusePorts({ merged: { network, scalars }, problems }: BuildContext): void {
  const ports = network.bind ?? network.connect;
  if (ports === undefined) return;
  problems.push({
    code: "E_NETWORK_LANDLOCK",
    message: `Cannot limit TCP ports: Landlock is off by ${formatPosition(scalars.landlock?.where ?? ports.where)}`,
    where: ports.where,
    hints: ["landlock can be auto or required here"],
  });
}

/** Without those that lie below others. Landlock cannot take away below what it grants above: there the mounts do. */
function listWritable(mounts: readonly Operation[]): readonly string[] {
  const paths = mounts.flatMap((mount) => isWritable(mount) ? [mount.destination] : []);
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => other !== path && isWithin(path, other)));
}

type Writable = Operation<"bind" | "tmpfs" | "directory" | "file" | "procfs" | "mqueue">;

function isWritable(mount: Operation): mount is Writable {
  switch (mount.operation) {
    case "bind":
    case "tmpfs":
      return !mount.options.includes("ro");
    case "directory":
    case "file":
    case "procfs":
    case "mqueue":
      return true;
    default:
      return false;
  }
}
