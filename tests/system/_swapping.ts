import { compile } from "./_compile.ts";

/** Exchanges the two files or directories of each pair as fast as it can, until it is disposed of. */
export async function swapping(...pairs: readonly (readonly [one: string, other: string])[]): Promise<AsyncDisposable> {
  const process = new Deno.Command(await compile("swap.c"), { args: pairs.flat(), stdin: "null" }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
    },
  };
}
