import { escapeText } from "../../core/escape.ts";
import { makeLinks, planLinks } from "../../store/install_links.ts";
import type { Invocation, Output } from "../invocation.ts";
import { PROGRAM_NAMES } from "../programs.ts";

/** `redpak install-links`. */
export function installLinks({ flags, operands }: Invocation<"install-links">): Output {
  const planned = planLinks(operands[0] ?? "", Deno.execPath(), PROGRAM_NAMES);
  const dryRun = flags["dry-run"];
  if (!dryRun) makeLinks(planned);
  const { target, links } = planned;
  return {
    kind: "Links",
    data: { target, links, dryRun },
    text: () => links.map((link) => escapeText(`${dryRun ? "would link" : "linked"} ${link} to ${target}`)).join("\n"),
  };
}
