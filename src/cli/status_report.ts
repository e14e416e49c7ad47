import { F, FD } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { jsonText } from "../core/json_text.ts";
import { writeAll } from "../host/write_all.ts";
import { usage } from "./split_words.ts";

/**
 * The descriptor that `--status-fd` names.
 *
 * @throws {RedpakError} `E_USAGE` where the caller opened none of this number
 */
export function parseDescriptor(text: string, kernel: Kernel = libc()): number {
  const number = Number(text);
  if (/^[0-9]+$/.test(text) && number <= 0x7fff_ffff && isInherited(number, kernel)) return number;
  throw usage(
    `Cannot use "--status-fd ${text}": expected the number of an open descriptor`,
    "as in --status-fd 3 3>status",
  );
}

/** Those that the JavaScript runtime opened itself are closed on exec. */
function isInherited(descriptor: number, kernel: Kernel): boolean {
  try {
    return (kernel.fcntl(descriptor, F.GETFD, 0) & FD.CLOEXEC) === 0;
  } catch (error) {
    if (isErrno(error, "EBADF")) return false;
    throw error;
  }
}

/** Reports a launch that failed before the stage could: the same event, on the same descriptor. */
export function reportSetupFailed(descriptor: number, error: unknown): void {
  const failure = error instanceof RedpakError ? error : undefined;
  const event = {
    event: "setup-failed",
    error: failure?.code ?? "E_INTERNAL",
    message: error instanceof Error ? error.message : String(error),
    ...failure?.errno === undefined ? {} : { errno: failure.errno },
    ...failure?.where,
    code: failure === undefined || failure.exit === EXIT.failed ? EXIT.launch : failure.exit,
  };
  try {
    writeAll(libc(), descriptor, new TextEncoder().encode(jsonText(event) + "\n"));
  } catch {
    // Nobody listens; the message on standard error and the exit code remain.
  }
}
