import "./launch_environment.ts"; // declares REDPAK_LAUNCH
import type { Architecture } from "../config/facts.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";

/**
 * The native stage (ffi/stage) for a machine, this one where none is named: an ELF image. Needs the read permission in a checkout, none in the
 * shipped binary.
 *
 * @throws {RedpakError} E_STAGE_MISSING in a checkout where it was not built
 */
export function stageImage(architecture: Architecture = Deno.build.arch): Uint8Array<ArrayBuffer> {
  const embedded = globalThis.REDPAK_LAUNCH?.asset(`stage.${architecture}`);
  if (embedded !== undefined) return Uint8Array.fromBase64(embedded);
  const file = new URL(`../../ffi/stage/build/stage.${architecture}`, import.meta.url);
  try {
    return Deno.readFileSync(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new RedpakError({
      code: "E_STAGE_MISSING",
      message: `Cannot read "${file.pathname}": it has not been built (ENOENT)`,
      errno: "ENOENT",
      exit: EXIT.launch,
      hints: [`build it with: make -C ffi/stage ARCH=${architecture}`],
      cause,
    });
  }
}
