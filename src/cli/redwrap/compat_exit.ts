import { AT_FDCWD } from "../../../ffi/libc/constants.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";

/** Fixed, so that no PATH decides what runs. */
const SHELL = "/usr/bin/bash";

/**
 * Starts the same program again with its own exit status, and ends with 0 whatever that is, as redpak 2.5 does: becomes
 * a shell that does both.
 *
 * @param environment the caller's, without what asks for this
 */
export function launchWithExitZero(
  name: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): never {
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  // -p: no variable of the caller's has the shell run something of its own. The shell counts itself in SHLVL.
  const level = environment.SHLVL === undefined ? "unset SHLVL" : "SHLVL=$1";
  const script = `${level}; program=$2; shift 2; (exec -a "$0" "$program" "$@"); exit 0`;
  try {
    libc().execveat(
      AT_FDCWD,
      SHELL,
      [name, "-p", "-c", script, name, environment.SHLVL ?? "", Deno.execPath(), ...words],
      variables,
      0,
    );
  } catch (cause) {
    throw new RedpakError({
      code: "E_COMPAT_SHELL",
      exit: EXIT.dependency,
      message: `Cannot start "${SHELL}", which ends with status 0: ${cause instanceof Error ? cause.message : cause}`,
      hints: ["without REDPAK_COMPAT=1 the exit status is the program's, and no shell is needed"],
      cause,
    });
  }
  throw new Error("execveat(2) came back");
}
