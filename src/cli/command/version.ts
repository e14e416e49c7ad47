import configuration from "../../../deno.json" with { type: "json" };
import type { Invocation, Output } from "../invocation.ts";

/** `redpak version`. */
export function version(_: Pick<Invocation<"version">, never>): Output {
  const { version } = configuration;
  return {
    kind: "Version",
    data: { redpak: version, deno: Deno.version.deno, architecture: Deno.build.arch },
    text: () => `redpak ${version}`,
  };
}
