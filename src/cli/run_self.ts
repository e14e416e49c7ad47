import "./launch_environment.ts"; // declares REDPAK_LAUNCH

/** Leads to the file itself, whatever its name has become and whoever may reach that, proc_pid_exe(5). */
export const SELF = "/proc/self/exe";

/** What comes before the words of a command line for this very program. */
export function selfArguments(): string[] {
  return globalThis.REDPAK_LAUNCH === undefined
    ? ["run", "--quiet", "--no-prompt", "--allow-all", Deno.mainModule]
    : [];
}

/** Milliseconds; a launch takes a tenth of a second, on a slow device a few. */
const TIME_LIMIT = 20_000;

export interface Ended {
  readonly code: number;
  readonly output: string;
  /** What it said on standard error. */
  readonly complaint: string;
}

/**
 * Runs this very program in a child, in `/` and without an environment but `variables`. Needs the run and read
 * permissions.
 *
 * @returns why it could not be run, where that is so: another user may not be able to reach the file, or not be there
 */
export async function runSelf(
  words: readonly string[],
  { variables = {}, ...ids }: { uid?: number; gid?: number; variables?: Record<string, string> } = {},
): Promise<Ended | string> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(SELF, {
      args: [...selfArguments(), ...words],
      cwd: "/",
      clearEnv: true,
      env: variables,
      stdin: "null",
      signal: AbortSignal.timeout(TIME_LIMIT),
      ...ids,
    }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout), complaint: decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound) {
      return `redpak cannot be started: ${error.message}`;
    }
    // A container need not have all ids, setuid(2).
    if (error instanceof TypeError && "code" in error && error.code === "EINVAL" && ids.uid !== undefined) {
      return `there is no user ${ids.uid} here: see /proc/self/uid_map`;
    }
    throw error;
  }
}
