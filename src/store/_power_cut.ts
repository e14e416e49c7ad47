/** Functions of Deno that change a file system. */
const CHANGES = {
  mkdirSync: Deno.mkdirSync,
  openSync: Deno.openSync,
  renameSync: Deno.renameSync,
  removeSync: Deno.removeSync,
} as const;

export class PowerCut extends Error {}

/**
 * Runs something of which only the first `survivors` changes happen: the next one, and all after it, throw. What is then
 * on the disk is what a kill at this moment would have left.
 *
 * @returns whether it came to its end
 */
export function withPowerCut(survivors: number, step: () => void): boolean {
  let left = survivors;
  for (const [name, original] of Object.entries(CHANGES)) {
    replace(name, (...args: unknown[]) => {
      const reads = name === "openSync" && (args[1] as Deno.OpenOptions | undefined)?.write !== true;
      if (!reads && left-- <= 0) throw new PowerCut();
      return (original as (...args: unknown[]) => unknown)(...args);
    });
  }
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof PowerCut) return false;
    throw error;
  } finally {
    for (const [name, original] of Object.entries(CHANGES)) replace(name, original);
  }
}

function replace(name: string, value: unknown): void {
  Object.defineProperty(Deno, name, { value, configurable: true, writable: true });
}
