import type { MergedConfig, PendingCommand } from "../config/merged.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { BuildContext, origin, type PlanRequest } from "./build_context.ts";
import { chooseCapabilities } from "./capabilities.ts";
import { buildCgroups } from "./cgroups.ts";
import { buildDeviceFilter } from "./devices.ts";
import { buildPassedOn } from "./environment.ts";
import { chooseIdentity, type Identity } from "./identity.ts";
import { buildExecLabels, buildSmack } from "./labels.ts";
import { chooseInit, type InitChoice, refuseDetached } from "./init.ts";
import { buildLandlock } from "./landlock.ts";
import { buildMounts, type MountOperations } from "./mount_operations.ts";
import { chooseNamespaces, clonedNamespaces, JOIN_ORDER, type NamespaceChoices } from "./namespaces.ts";
import { isSince } from "./kernel_release.ts";
import type { Operation } from "./operation.ts";
import type { Plan } from "./plan.ts";
import { buildProcess, chooseUmask } from "./process_operations.ts";
import { refuseExposing } from "./refuse_exposing.ts";
import { chooseProfile } from "./seccomp/choose_profile.ts";
import { buildNotify } from "./service.ts";
import { rootTmpfs } from "./tmpfs.ts";

export type { PlanRequest } from "./build_context.ts";

/**
 * The plan of a launch. Root builds the node's file system first and hands it over; for everybody else the node's init
 * does, in the user namespace that gives it the right to. Pure: equal configuration and request, equal plan.
 *
 * @throws {RedpakError} exit code `configuration` for what is wrong in the configuration, `notPermitted` for what this
 * version does not support, or only does for root; with all findings in `problems`
 */
export function buildPlan(merged: MergedConfig, request: PlanRequest): Plan {
  const context = new BuildContext(merged, request);
  refuseExposing(context);
  const namespaces = chooseNamespaces(context);
  const init = chooseInit(context, namespaces);
  refuseDetached(context);
  const capabilities = chooseCapabilities(context);
  const identity = chooseIdentity(context, namespaces, capabilities);
  const umask = chooseUmask(context);
  const exported = buildMounts(context, namespaces, identity, umask);
  const mounts = { ...exported, early: [...exported.early, ...buildNotify(context)] };
  const cgroups = buildCgroups(context);
  const supervisor = [
    ...cgroups.filter(({ phase }) => phase === "init"),
    ...buildSupervisor(context, namespaces, identity, init),
  ];
  const smack = buildSmack(context);
  const root = { operation: "root", mode: 0o755, ...rootTmpfs(context) } as const;
  const operations: Operation[] = [
    // INVARIANT: first, for later the working directory may be another.
    ...request.sealed === true ? [buildPassedOn(context)] : [],
    ...cgroups.filter(({ phase }) => phase === "host"),
    ...buildDeviceFilter(context, identity, capabilities),
    ...(context.privileged
      ? [
        { operation: "unshare", phase: "host", namespaces: ["mount"] } as const,
        { operation: "make-private", phase: "host" } as const,
        ...buildIdMap(identity, mounts),
        ...mounts.sources,
        // From here on the label counts: what it must not reach, no export can show.
        ...smack,
        { ...root, phase: "host", ...identity.outside } as const,
        ...mounts.early,
        ...supervisor,
      ]
      : [
        // INVARIANT: by the supervisor, who can tell other users apart: in the node's user namespace they are all nobody.
        ...mounts.sources,
        ...supervisor,
        { operation: "make-private", phase: "init" } as const,
        { ...root, phase: "init", ...identity.maker } as const,
        ...mounts.early,
      ]),
    { operation: "pivot-root", phase: "init" },
    // INVARIANT: before the old root goes: the kernel grants a new procfs only where a whole one is visible.
    ...mounts.late,
    { operation: "detach-old-root", phase: "init" },
    ...buildInit(context, namespaces),
    ...mounts.locks,
    ...init.isProgram ? [] : buildTime(namespaces),
    // INVARIANT: last, for it gives up the power over all other namespaces.
    ...(identity.nested === undefined
      ? []
      : [{ operation: "nest-user-namespace", phase: "init", ...identity.nested } as const]),
    { operation: init.isProgram ? "become-program" : "fork", phase: "init", ...origin(init.where) },
    // INVARIANT: before Landlock, which would close the /proc that labels are written to.
    ...buildExecLabels(context),
    // INVARIANT: before the capabilities go, and all that reading its rules' paths may take.
    ...buildLandlock(context, namespaces, capabilities, [...mounts.early, ...mounts.late]),
    ...buildProcess(context, identity, capabilities, umask),
  ];
  refuseProblems(context);
  return {
    version: 1,
    node: merged.leaf.path,
    alias: merged.leaf.normal.config.headers.alias,
    admin: merged.admin,
    pending: listPending(context),
    warnings: [...merged.warnings, ...context.warnings],
    operations,
  };
}

/** A user namespace costs a process: it is made where mounts need one. */
function buildIdMap({ mountMaps }: Identity, { early, late }: MountOperations): Operation[] {
  const isNeeded = [...early, ...late].some((mount) => mount.operation === "bind" && mount.options.includes("idmap"));
  return mountMaps === undefined || !isNeeded ? [] : [{ operation: "id-map", phase: "host", ...mountMaps }];
}

/** Up to the moment where there are two processes. */
function buildSupervisor(
  context: BuildContext,
  namespaces: NamespaceChoices,
  identity: Identity,
  { isProgram }: InitChoice,
): Operation[] {
  const { merged, request } = context;
  const phase = "init";
  const { maps, denySetgroups } = identity;
  const { uid, gid } = request.facts;
  return [
    ...(request.reportDescriptor === undefined
      ? []
      : [{ operation: "report", phase, descriptor: request.reportDescriptor } as const]),
    ...(request.exitStatus === undefined
      ? []
      : [{ operation: "exit-status", phase, value: request.exitStatus } as const]),
    ...(request.detach === undefined ? [] : [{ operation: "detach", phase, ...request.detach } as const]),
    // By the caller's privileges: the node's could not take back a low priority, and have a quota of keys.
    { operation: "reset-attributes", phase },
    { operation: "session-keyring", phase },
    // INVARIANT: before there are other processes, which have it from this one.
    ...buildOomScore(merged),
    ...buildMemfdNoexec(context, namespaces),
    ...(identity.dropGroupsBeforeJoin
      ? [{ operation: "identity", phase, uid, gid, groups: [], dropGroups: true } as const]
      : []),
    ...JOIN_ORDER.flatMap((namespace): Operation[] => {
      const choice = namespaces[namespace];
      if (choice.kind !== "join") return [];
      return [{
        operation: "join",
        phase,
        ...origin(choice.where),
        namespace,
        source: { path: choice.path },
      }];
    }),
    {
      operation: "clone",
      phase,
      ...origin(identity.where),
      namespaces: clonedNamespaces(namespaces, isProgram),
      ...maps,
      denySetgroups,
    },
  ];
}

function buildOomScore({ scalars: { "oom-score": score } }: MergedConfig): Operation[] {
  if (score === undefined) return [];
  return [{ operation: "oom-score", phase: "init", origin: score.where, score: score.value + 1000 }];
}

/**
 * Programs that ask for nothing else go on to have such files (Linux 6.6; from 6.3 on they would have none). Who has no filter
 * of system calls may start containers, which come from such a file.
 */
function buildMemfdNoexec({ merged, privileged, request }: BuildContext, { pid }: NamespaceChoices): Operation[] {
  const { compat, facts: { kernel } } = request;
  if (!privileged || compat === true || pid.kind !== "new" || chooseProfile(merged) === "none") return [];
  return isSince(kernel, 6, 6) ? [{ operation: "memfd-noexec", phase: "init" }] : [];
}

/** What init does for the namespaces that it has for itself. */
function buildInit(context: BuildContext, { net }: NamespaceChoices): Operation[] {
  const hostname = context.merged.scalars.hostname;
  const operations: Operation[] = [];
  if (hostname !== undefined) {
    const { value: name, where } = hostname;
    const reason = context.isPending(name) ? undefined : refuseHostName(name, context.request.compat === true);
    if (reason !== undefined) {
      context.problems.push({
        code: "E_HOSTNAME_INVALID",
        message: `Cannot set the host name to ${quote(name)}: ${reason}`,
        where,
      });
    }
    operations.push({ operation: "hostname", phase: "init", origin: where, name });
  }
  if (net.kind === "new") operations.push({ operation: "loopback", phase: "init", ...origin(net.where) });
  return operations;
}

/** Limit of sethostname(2), `linux/utsname.h`. */
const HOST_NAME_MAX = 64;

/** Those of RFC 1123, with the `_` of aliases, which host names often are. */
const HOST_NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*)?$/;

/** Why a name is none for a host: the kernel takes any, and whoever puts it into a file, a prompt or a command trusts it. */
function refuseHostName(name: string, compat: boolean): string | undefined {
  if (new TextEncoder().encode(name).length > HOST_NAME_MAX) return `it is longer than ${HOST_NAME_MAX} bytes`;
  if (/[\p{Cc}\p{Cs}]/u.test(name)) return "it contains a control character, or half of a character";
  // redpak 2.5 takes any letters.
  if (compat || HOST_NAME.test(name)) return undefined;
  return "it has other characters than letters, digits, _, . and -, or between dots nothing, or what begins with -";
}

function buildTime({ time }: NamespaceChoices): Operation[] {
  return time.kind === "new"
    ? [{ operation: "unshare", phase: "init", ...origin(time.where), namespaces: ["time"] }]
    : [];
}

/** The commands that are still to be run, those of exports included. */
function listPending({ merged, request }: BuildContext): readonly PendingCommand[] {
  return merged.pending.filter(({ use, command }) => use !== "export" || request.outputs?.has(command) !== true);
}

function refuseProblems({ merged, problems }: BuildContext): void {
  const [first] = problems;
  if (first === undefined) return;
  const exit = problems.every(({ code }) => code === "E_NOT_PERMITTED") ? EXIT.notPermitted : EXIT.configuration;
  if (problems.length === 1) throw new RedpakError({ ...first, exit });
  throw new RedpakError({
    code: "E_PLAN",
    message: `Cannot plan the launch of ${quote(merged.leaf.path)}: ${problems.length} problems`,
    where: first.where,
    exit,
    problems,
  });
}
