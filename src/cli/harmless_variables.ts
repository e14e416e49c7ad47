/** What says something about how redpak works here; anything else may be a secret, and is not even named. */
const HARMLESS = /^(?:REDPAK_\w+|REDNODE_\w+|LANG|LC_\w+|TERM|PATH|SHELL|NO_COLOR|FORCE_COLOR|XDG_RUNTIME_DIR|TZ)$/;

/** The variables of an environment that can be shown to everybody. */
export function harmlessVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => HARMLESS.test(name)).sort());
}
