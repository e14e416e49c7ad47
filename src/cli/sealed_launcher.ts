import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { detachPlan } from "../plan/attach_plan.ts";
import { decodePlan } from "../plan/decode.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { STATE_DIRECTORY } from "../store/node_files.ts";
import { ioError } from "../store/io_error.ts";

/** Bytes of the largest file that is read: a launcher has some ten thousand. */
const SIZE_LIMIT = 4 * 1024 * 1024;

/** Where a node's launcher is if nothing else is said: below its directory, where its programs cannot write. */
export const LAUNCHER = `${STATE_DIRECTORY}/launcher`;

/** A launcher that `redpak seal` has written. */
export interface SealedLauncher {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly architecture: string;
  readonly plan: Plan;
  readonly sealed: Operation<"sealed">;
}

const MACHINES: Readonly<Record<number, string>> = { 62: "x86_64", 183: "aarch64" };

/**
 * Reads a launcher; nothing in it is believed.
 *
 * @throws {RedpakError} `E_NOT_SEALED` for a file that is none; `E_PLAN_MALFORMED`; `E_NOT_FOUND`
 */
export function readLauncher(file: string): SealedLauncher {
  return parseLauncher(file, read(file));
}

/** As `readLauncher`, from the content of the file. */
export function parseLauncher(file: string, bytes: Uint8Array): SealedLauncher {
  const plan = detachPlan(bytes);
  const decoded = plan && decodePlan(plan);
  const sealed = decoded?.operations.find((operation) => operation.operation === "sealed");
  if (decoded === undefined || sealed === undefined) {
    throw new RedpakError({
      code: "E_NOT_SEALED",
      exit: EXIT.failed,
      message: `Cannot read ${quote(file)}: it is no launcher that redpak seal has written`,
    });
  }
  const machine = bytes[18]! + bytes[19]! * 256;
  return { file, size: bytes.length, architecture: MACHINES[machine] ?? `machine ${machine}`, plan: decoded, sealed };
}

function read(file: string): Uint8Array {
  try {
    const { isFile, size } = Deno.statSync(file);
    if (isFile && size <= SIZE_LIMIT) return Deno.readFileSync(file);
    return new Uint8Array();
  } catch (error) {
    throw ioError("read", file, error);
  }
}
