import { quote } from "../core/quote.ts";
import { type BuildContext, origin } from "./build_context.ts";
import { buildEnvironment, buildPassedOn } from "./environment.ts";
import type { Identity } from "./identity.ts";
import { type Capability, type Operation, SECUREBITS } from "./operation.ts";
import { buildLimits } from "./resource_limits.ts";
import { countSockets, refuseSockets } from "./service.ts";
import { buildSeccomp } from "./seccomp/build_seccomp.ts";

/**
 * What the program's process does before it becomes the program.
 *
 * INVARIANT: the directory is entered by the program's user, so that it is one that the program may enter; capabilities
 * are set after the ids, whose change takes some away, and the securebits before them: it takes CAP_SETPCAP. The filter of
 * system calls is the last thing before the program: it may refuse whatever the others do.
 */
export function buildProcess(
  context: BuildContext,
  identity: Identity,
  kept: readonly Capability[],
  umask: number,
): Operation[] {
  const { merged: { scalars, capabilities }, request } = context;
  const environment = buildEnvironment(context);
  refuseSockets(context);
  const phase = "init";
  return [
    { operation: "umask", phase, ...origin(scalars.umask?.where), mask: umask },
    ...buildLimits(context, identity),
    // What goes on without its launcher has no part in its terminal either.
    ...(scalars["new-session"]?.value === "Disabled" && request.detach === undefined
      ? []
      : [{ operation: "session", phase, ...origin(scalars["new-session"]?.where) } as const]),
    {
      operation: "identity",
      phase,
      ...origin(identity.where),
      ...identity.inside,
      groups: [],
      dropGroups: identity.dropGroups,
    },
    {
      operation: "chdir",
      phase,
      ...origin(scalars.chdir?.where),
      directories: chooseDirectories(context, environment),
    },
    { operation: "securebits", phase, bits: chooseSecurebits(kept) },
    {
      operation: "capabilities",
      phase,
      ...origin(capabilities[0]?.where),
      bounding: kept,
      effective: kept,
      permitted: kept,
      inheritable: kept,
      ambient: kept,
    },
    { operation: "no-new-privileges", phase },
    { operation: "close-descriptors", phase, from: 3 + countSockets(context) },
    ...buildSeccomp(context, kept),
    {
      operation: "exec",
      phase,
      arguments: request.arguments.length === 0 ? ["sh"] : request.arguments,
      environment: [...environment].map(([name, value]) => `${name}=${value}`),
    },
  ];
}

/**
 * Uid 0 is a user like others, for good. Where there is no capability, nothing will ever bring one; where there are some,
 * the program may drop them the way it is used to (with a change of user), keep them or pass them on.
 */
function chooseSecurebits(kept: readonly Capability[]): number {
  const always = SECUREBITS.noroot | SECUREBITS["noroot-locked"];
  if (kept.length > 0) return always;
  return always | SECUREBITS["no-setuid-fixup"] | SECUREBITS["no-setuid-fixup-locked"] |
    SECUREBITS["keep-caps-locked"] | SECUREBITS["no-cap-ambient-raise"] | SECUREBITS["no-cap-ambient-raise-locked"];
}

/** Permissions that new files do not get: `umask` of the configuration, or the customary 022. */
export function chooseUmask(context: BuildContext): number {
  const umask = context.merged.scalars.umask;
  if (umask === undefined || context.isPending(umask.value)) return 0o022;
  if (/^0*[0-7]{1,3}$/.test(umask.value)) return parseInt(umask.value, 8);
  context.problems.push({
    code: "E_UMASK_INVALID",
    message: `Cannot set the umask to ${quote(umask.value)}: expected an octal number from 0 to 777`,
    where: umask.where,
  });
  return 0o022;
}

/** The configured directory alone; else the launcher's, the home directory and the root, whichever there is. */
function chooseDirectories(context: BuildContext, environment: ReadonlyMap<string, string>): readonly string[] {
  const chdir = context.merged.scalars.chdir;
  if (chdir === undefined) {
    const home = environment.get("HOME") ?? "";
    if (context.request.sealed === true) {
      const { variables, all, removed } = buildPassedOn(context);
      const isGiven = variables.includes("HOME") || all && home === "" && !removed.includes("HOME");
      return ["", ...isGiven ? ["HOME"] : home.startsWith("/") ? [home] : [], "/"];
    }
    const directories = [context.request.facts.cwd, home, "/"];
    return [...new Set(directories.filter((directory) => directory.startsWith("/")))];
  }
  context.checkText(chdir.value, chdir.where);
  if (!chdir.value.startsWith("/") && !context.isPending(chdir.value)) {
    context.problems.push({
      code: "E_CHDIR_INVALID",
      message: `Cannot start in ${quote(chdir.value)}: it is not an absolute path`,
      where: chdir.where,
    });
  }
  return [chdir.value];
}
