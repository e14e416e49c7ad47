import type { Sharing } from "../config/schema.ts";
import type { Position } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import { type Namespace, NAMESPACES } from "./operation.ts";

/** Where a namespace comes from: made for the node, the launcher's, or the one of a namespace file. */
export type NamespaceChoice =
  & { readonly where?: Position | undefined }
  & ({ readonly kind: "new" | "shared" } | { readonly kind: "join"; readonly path: string });

export type NamespaceChoices = Readonly<Record<Namespace, NamespaceChoice>>;

/**
 * The namespaces of the node. What no file mentions is new, but for time, which is shared; host names are the node's
 * own when it has one; the mount namespace always is.
 */
export function chooseNamespaces(context: BuildContext): NamespaceChoices {
  const { sharing, scalars: { hostname } } = context.merged;
  if (!context.privileged) refuseForUser(context);
  const choose = (name: keyof typeof sharing, otherwise: "new" | "shared"): NamespaceChoice => {
    const { value = "unset", where } = sharing[name] ?? {};
    if (typeof value !== "string") {
      context.checkText(value.join, where);
      return { kind: "join", path: value.join, where };
    }
    return { kind: KINDS[value] ?? otherwise, where };
  };
  return {
    time: choose("time", "shared"),
    mount: { kind: "new" },
    cgroup: choose("cgroup", "new"),
    uts: hostname === undefined ? { kind: "shared" } : { kind: "new", where: hostname.where },
    ipc: choose("ipc", "new"),
    user: context.privileged ? choose("user", "new") : { kind: "new", where: sharing.user?.where },
    pid: choose("pid", "new"),
    net: choose("net", "new"),
  };
}

/** Without privileges there are no mounts but those of a user namespace, and no way into what others have made. */
function refuseForUser(context: BuildContext): void {
  for (const [name, { value, where } = { value: "unset" }] of Object.entries(context.merged.sharing)) {
    if (typeof value === "string") continue;
    context.refuseUser(
      `Cannot join the ${name} namespace ${quote(value.join)}: only root may join one`,
      where,
      `set share_${name} to enabled or disabled, or start it as root`,
    );
  }
  const { user } = context.merged.sharing;
  if (user?.value !== "enabled") return;
  context.warnings.push({
    code: "W_SHARE_USER",
    message: "share_user has no effect: only root can build a node without a user namespace of its own",
    where: user.where,
    hints: ["set it to disabled, or start it as root"],
  });
}

const KINDS: Partial<Record<Extract<Sharing, string>, "new" | "shared">> = { enabled: "shared", disabled: "new" };

/**
 * The namespaces that are made together with the node's init; that of time is entered by the children of its maker.
 *
 * @param isProgram init has none: it becomes the program
 */
export function clonedNamespaces(choices: NamespaceChoices, isProgram: boolean): Namespace[] {
  const names = Object.keys(NAMESPACES) as Namespace[];
  return names.filter((name) => choices[name].kind === "new" && (isProgram || name !== "time"));
}

/** INVARIANT: `user` last, for entering it gives up the privileges that the others need. */
export const JOIN_ORDER = ["time", "cgroup", "ipc", "net", "pid", "user"] as const satisfies readonly Namespace[];

/**
 * The node can mount a procfs that shows its processes: the kernel demands privileges in the user namespace that the pid
 * namespace belongs to, which one made for the node never has over an older one, pid_namespaces(7).
 */
export function canMountProc({ pid, user }: NamespaceChoices): boolean {
  return pid.kind === "new" || (pid.kind === "join" && user.kind !== "new");
}
