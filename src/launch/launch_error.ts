import { errnoReason } from "../../ffi/libc/errno.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { type Position, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";

/** What was being done, in the words of the message: `Cannot <verb> "<object>": …`. */
export interface Attempt {
  readonly verb: string;
  readonly object: string;
  readonly where?: Position | undefined;
}

export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly hints?: readonly string[];
  readonly errno?: string;
  readonly cause?: unknown;
}

/** What the machine does not let the launcher do, whatever the configuration. */
const NOT_PERMITTED: readonly string[] = ["E_NOT_PERMITTED", "E_CGROUP_V1", "E_CGROUP_DELEGATION"];

/** Something that redpak itself does not do, because it would not be safe or cannot work. */
export function refuse(attempt: Attempt, { code, reason, hints, errno, cause }: Refusal): RedpakError {
  return new RedpakError({
    code,
    message: `Cannot ${attempt.verb} ${JSON.stringify(attempt.object)}: ${reason}${
      errno === undefined ? "" : ` (${errno})`
    }`,
    exit: NOT_PERMITTED.includes(code) ? EXIT.notPermitted : EXIT.launch,
    where: attempt.where,
    hints: hints ?? [],
    errno,
    cause,
  });
}

/** The error to report for what was thrown during an attempt; errors that say more already are kept. */
export function explain(attempt: Attempt, error: unknown): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const { call, errno } = error;
  const code = errno === "EPERM" && (call === "unshare" || call === "clone") ? "E_NOT_PERMITTED" : "E_LAUNCH";
  return refuse(attempt, {
    code,
    reason: errnoReason(errno),
    hints: hintsFor(error),
    errno,
    cause: error,
  });
}

/** Runs one step of the launch; what it throws tells what was attempted. */
export function attempt<T>(what: Attempt, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw explain(what, error);
  }
}

/** What there is to know of a failed system call beside the text of its errno. */
export function hintsFor({ call, errno }: SystemCallError): string[] {
  if (errno === "ENOSYS") return [`this kernel, or a filter of system calls around redpak, has no ${call}(2)`];
  if (errno === "EPERM") {
    return [`a security module, a seccomp filter or a surrounding container may forbid ${call}(2)`];
  }
  return HINTS.filter((hint) => hint.errno === errno && (hint.calls?.includes(call) ?? true)).map(({ text }) => text);
}

const MOUNTING = ["mount", "move_mount", "open_tree", "fsmount"];

/** Where the text of the errno misleads, or where to look. */
const HINTS: readonly { readonly errno: string; readonly calls?: readonly string[]; readonly text: string }[] = [
  { errno: "ENOSPC", calls: MOUNTING, text: "the limit of mounts may be reached: see /proc/sys/fs/mount-max" },
  {
    errno: "ENOSPC",
    calls: ["write", "openat", "mkdirat", "symlinkat"],
    text: "the root of a node holds 16M: a Tmpfs around it, with a size, holds more",
  },
  {
    errno: "ENOSPC",
    calls: ["unshare"],
    text: "the limit of namespaces is reached: see /proc/sys/user/max_mnt_namespaces",
  },
  {
    errno: "ENOSPC",
    calls: ["clone"],
    text: "the limit of namespaces is reached: see /proc/sys/user/max_user_namespaces",
  },
  { errno: "ENOTDIR", calls: MOUNTING, text: "a directory can only be bound on a directory, a file only on a file" },
  { errno: "ENODEV", calls: ["fsopen", "mount"], text: "this kernel has no such file system" },
  {
    errno: "EACCES",
    calls: ["memfd_create", "execveat"],
    text:
      "the kernel forbids programs in memory (sysctl vm.memfd_noexec); launchers that redpak seal makes are files, and run",
  },
  { errno: "EMFILE", text: "the limit of open files is too low: see ulimit -n" },
];
