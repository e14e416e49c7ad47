import { libc } from "../../ffi/libc/libc.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { writeAll } from "../launch/write_all.ts";
import { usage } from "./split_words.ts";

/** The descriptor that `--status-fd` names. */
export function parseDescriptor(text: string): number {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || number > 0x7fff_ffff) {
    throw usage(`Cannot use "--status-fd ${text}": expected the number of an open descriptor`);
  }
  return number;
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
    writeAll(libc(), descriptor, new TextEncoder().encode(JSON.stringify(event) + "\n"));
  } catch {
    // Nobody listens; the message on standard error and the exit code remain.
  }
}
