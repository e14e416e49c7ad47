import { RedpakError } from "../core/error.ts";

const encoder = new TextEncoder();

/** The reader of standard output went away: there is nobody to tell anything to. */
export class OutputClosed extends Error {}

/**
 * @throws {OutputClosed} when the other end is closed, as in `redpak tree | head -1`
 * @throws {RedpakError} when it cannot be written otherwise
 */
export function writeOutput(text: string): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
    if (!(error instanceof Error)) throw error;
    const errno = (error as { code?: string }).code;
    const reason = error.message.replace(/os error \d+/, errno ?? "$&");
    throw new RedpakError({ code: "E_IO", message: `Cannot write to standard output: ${reason}`, errno, cause: error });
  }
}

/** Writes to standard error; when nobody reads it, nothing can be said and nothing else changes. */
export function writeMessage(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
