/**
 * How redpak was started: its name and the environment of its caller.
 *
 * Deno's behaviour depends on dozens of environment variables, so the shipped binary gives Deno an environment of its own
 * and hands over the caller's as data (ffi/entry/entry.c, scripts/boot.js). From a checkout, the process's own is used.
 */

declare global {
  /** Set by scripts/boot.js in the shipped binary. */
  var REDPAK_LAUNCH: {
    readonly invokedAs: string;
    /** `NAME=VALUE`, as execve(2) takes it. */
    readonly environment: readonly string[];
    readonly asset: (name: string) => string | undefined;
  } | undefined;
}

/** The caller's environment. Needs the env permission in a checkout, none in the shipped binary. */
export function launcherEnvironment(): Record<string, string> {
  if (globalThis.REDPAK_LAUNCH === undefined) return Deno.env.toObject();
  const variables: Record<string, string> = Object.create(null);
  for (const entry of globalThis.REDPAK_LAUNCH.environment) {
    const end = entry.indexOf("=");
    // As getenv(3) sees it: an entry without a name is no variable, and the first of several counts.
    const name = entry.slice(0, Math.max(end, 0));
    if (name !== "" && !(name in variables)) variables[name] = entry.slice(end + 1);
  }
  return variables;
}

/** The name that redpak was started by, with the path that stood before it. */
export function invocationName(): string {
  return globalThis.REDPAK_LAUNCH?.invokedAs || "redpak";
}

/** Last path component of the name that redpak was started by: `redwrap` when called through a link of that name. */
export function invokedAs(): string {
  return invocationName().split("/").at(-1) || "redpak";
}
