import { run } from "./run.ts";

const source = new URL("../ffi/entry/", import.meta.url).pathname;

/**
 * Compiles `ffi/entry` into the file `image` and returns it: flat, without relocations or libraries, and without a trace
 * of the build path.
 */
export async function buildEntry(image: string): Promise<Uint8Array> {
  const freestanding = ["-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"];
  await run(Deno.env.get("CC") ?? "cc", [
    ...["-Os", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fPIE", ...freestanding],
    ...["-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,--oformat=binary", `-Wl,-T,${source}entry.ld`],
    ...["-o", image, `${source}entry.c`],
  ]);
  return Deno.readFileSync(image);
}
