/**
 * Asks the programs of redpak 2.5 to do what it did: `1` for all of it, the exit status 0 of `redwrap` included, whatever
 * becomes of the program; `merge` for its merge alone. Without it children are held to what their parents allow.
 */
export const COMPAT_VARIABLE = "REDPAK_COMPAT";

export interface Asked {
  readonly compat: "no" | "merge" | "all";
  /** The environment without it: it is not for the configuration or the program. */
  readonly environment: Readonly<Record<string, string>>;
}

export function takeCompat(environment: Readonly<Record<string, string>>): Asked {
  const { [COMPAT_VARIABLE]: value, ...others } = environment;
  return { compat: value === "1" ? "all" : value === "merge" ? "merge" : "no", environment: others };
}
