const KINDS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;

/** A kind of Deno's permissions. */
export type Kind = (typeof KINDS)[number];

/**
 * Gives up every kind of permission but those to keep, for the rest of the process.
 *
 * @throws {Error} when Deno does not do it; then nothing may go on
 */
export function narrow(keep: readonly Kind[]): void {
  for (const name of KINDS) {
    if (keep.includes(name)) continue;
    const { state } = Deno.permissions.revokeSync({ name });
    if (state === "granted") throw new Error(`the ${name} permission could not be given up`);
  }
}
