import "./launch_environment.ts"; // declares REDPAK_LAUNCH
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";

/**
 * The native stage (ffi/stage) for this machine: an ELF image. Needs the read permission in a checkout, none in the
 * shipped binary.
 *
 * @throws {RedpakError} E_STAGE_MISSING in a checkout where it was not built
 */
export function stageImage(): Uint8Array<ArrayBuffer> {
  const embedded = globalThis.REDPAK_LAUNCH?.asset("stage");
  if (embedded !== undefined) return Uint8Array.fromBase64(embedded);
  const file = new URL(`../../ffi/stage/build/stage.${Deno.build.arch}`, import.meta.url);
  try {
    return Deno.readFileSync(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new RedpakError({
      code: "E_STAGE_MISSING",
      message: `Cannot read "${file.pathname}": it has not been built (ENOENT)`,
      errno: "ENOENT",
      exit: EXIT.launch,
      hints: ["build it with: make -C ffi/stage"],
      cause,
    });
  }
}
