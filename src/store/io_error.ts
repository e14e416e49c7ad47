import { RedpakError } from "../core/error.ts";
import { EXIT, type ExitCode } from "../core/exit_code.ts";

/** The errno name of a failed file operation, of Deno's or of the kernel's; `undefined` for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "errno" in error ? error.errno : undefined } = error as { code?: unknown };
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

export function isAbsent(error: unknown): boolean {
  return errnoOf(error) === "ENOENT";
}

const CODES: Readonly<Record<string, { code: string; exit: ExitCode; hint?: string }>> = {
  ENOENT: { code: "E_NOT_FOUND", exit: EXIT.notFound },
  EACCES: { code: "E_NOT_PERMITTED", exit: EXIT.notPermitted },
  EPERM: { code: "E_NOT_PERMITTED", exit: EXIT.notPermitted },
  EROFS: {
    code: "E_NOT_PERMITTED",
    exit: EXIT.notPermitted,
    hint: "the file system is mounted read-only: mount -o remount,rw",
  },
  ENOSPC: {
    code: "E_NO_SPACE",
    exit: EXIT.failed,
    hint: "the file system is full: df -h and df -i show which resource",
  },
  EDQUOT: { code: "E_NO_SPACE", exit: EXIT.failed, hint: "the quota is used up: quota -s shows it" },
  EMFILE: { code: "E_IO", exit: EXIT.failed, hint: "the limit of open files is too low: see ulimit -n" },
};

/**
 * The error to report for a failed file operation: `Cannot <action> "<path>": <reason> (ERRNO)`. An error that has
 * already been worded stays as it is.
 */
export function ioError(action: string, path: string, error: unknown, hints: readonly string[] = []): Error {
  if (error instanceof RedpakError) return error;
  if (error instanceof Deno.errors.NotCapable) {
    return new RedpakError({
      code: "E_NOT_PERMITTED",
      exit: EXIT.notPermitted,
      message: `Cannot ${action} "${path}": this command of redpak holds no permission for it`,
      hints: ["paths below /proc, /sys and /dev cannot hold nodes", ...hints],
      cause: error,
    });
  }
  const errno = errnoOf(error);
  if (errno === undefined) return error instanceof Error ? error : new Error(String(error));
  const known = CODES[errno];
  const text = (error as Error).message;
  const reason = (/^(.*?) \(os error \d+\)/.exec(text) ?? /^\w+: (.*) \(E\w+\)$/.exec(text))?.[1] ?? text;
  return new RedpakError({
    code: known?.code ?? "E_IO",
    exit: known?.exit ?? EXIT.failed,
    message: `Cannot ${action} "${path}": ${reason.charAt(0).toLowerCase()}${reason.slice(1)} (${errno})`,
    hints: known?.hint === undefined ? hints : [known.hint, ...hints],
    errno,
    cause: error,
  });
}
