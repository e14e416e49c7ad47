/** The binary on a machine with a host policy: in a mount namespace where another directory stands for /etc. */

import { exec, REDPAK, type Result, type Scratch } from "./_node.ts";

export interface Machine {
  /** Runs a program where the policy holds, as root unless another user is named. */
  readonly run: (program: readonly string[], uid?: number, environment?: Readonly<Record<string, string>>) => Result;
  readonly redpak: (args: readonly string[], uid?: number) => Result;
}

/** Before the program: `$1` becomes /etc, for this process and its children alone. */
const SCRIPT = 'mount --bind "$1" /etc && shift && exec "$@"';

/** @param prepare changes what stands for /etc, whose path it is given */
export function machine(scratch: Scratch, policy: string, prepare: (etc: string) => void = () => {}): Machine {
  const etc = `${scratch.path}/machine/etc`;
  scratch.file("machine/etc/redpak/policy.yaml", policy);
  for (const name of ["passwd", "group"]) scratch.file(`machine/etc/${name}`, Deno.readTextFileSync(`/etc/${name}`));
  prepare(etc);
  const run: Machine["run"] = (program, uid = 0, environment = {}) => {
    const user = uid === 0 ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    const variables = ["env", ...Object.entries(environment).map(([key, value]) => `${key}=${value}`)];
    const words = [
      "--mount",
      "--propagation=private",
      "sh",
      "-c",
      SCRIPT,
      "sh",
      etc,
      ...user,
      ...variables,
      ...program,
    ];
    return exec("unshare", words);
  };
  return { run, redpak: (args, uid) => run([REDPAK, ...args], uid) };
}
