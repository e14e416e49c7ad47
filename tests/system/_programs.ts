/** The binary by the names of redpak 2.5's programs. */

import { exec, redpak, type Result, type RunOptions } from "./_node.ts";

const directory = Deno.makeTempDirSync({ prefix: "redpak-programs-" });
Deno.chmodSync(directory, 0o755);
globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
const { code, stderr } = redpak(["install-links", directory]);
if (code !== 0) throw new Error(stderr);

export const REDWRAP = `${directory}/redwrap`;
export const REDWRAP_DNF = `${directory}/redwrap-dnf`;
export const REDCONF = `${directory}/redconf`;

export function redwrap(args: readonly string[], options?: RunOptions): Result {
  return exec(REDWRAP, args, options);
}

export function redconf(args: readonly string[], options?: RunOptions): Result {
  return exec(REDCONF, args, options);
}
