import { RedpakError } from "../../src/core/error.ts";
import { isWithin } from "../../src/core/path.ts";
import { formatNevra } from "../../src/packages/database/installed_package.ts";
import type { Request } from "../../src/packages/solve/request.ts";
import type { Breakage, Resolution } from "../../src/packages/solve/resolution.ts";
import { resolve, type World } from "../../src/packages/solve/resolve.ts";
import type { InstalledSource } from "../../src/packages/solve/sources.ts";
import { Scratch } from "../../src/store/_scratch.ts";
import type { Case, CasePackage } from "./_case.ts";
import { filelistsXml, primaryXml } from "./_metadata.ts";

/** What comes of a case, as text. */
export async function runCase(given: Case): Promise<string> {
  using scratch = new Scratch();
  const { node, action, words } = given.request;
  const request = (action === "autoremove" ? { action } : { action, words }) as Request;
  try {
    const options = {
      recommended: given.recommended,
      ...given.userInstalled && { userInstalled: new Set(given.userInstalled) },
    };
    return render(await resolve(worldOf(given, node, scratch), request, options));
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return (error.problems.length > 0 ? error.problems : [error])
      .map(({ message, hints }) => [`error ${message}`, ...(hints ?? []).map((hint) => `  ${hint}`), ""].join("\n"))
      .join("");
  }
}

function worldOf({ nodes, repositories }: Case, node: string, scratch: Scratch): World {
  const installed = [...nodes].map(([path, packages], index): InstalledSource => {
    const file = scratch.file(`node${index}.xml`, primaryXml(packages));
    return { node: path, alias: path.split("/").at(-1)!, addTo: (repository) => repository.addPrimary(file) };
  });
  const family = installed.filter((source) => isWithin(node, source.node)).reverse();
  return {
    arch: "x86_64",
    family: family as unknown as World["family"],
    descendants: installed.filter((source) => source.node !== node && isWithin(source.node, node)),
    available: repositories.map(({ packages, ...repository }) => ({
      ...repository,
      primary: { path: scratch.file(`${repository.id}-primary.xml`, primaryXml(packages)) },
      filelists: hasListed(packages)
        ? () => Promise.resolve({ path: scratch.file(`${repository.id}-filelists.xml`, filelistsXml(packages)) })
        : undefined,
    })),
  };
}

function hasListed(packages: readonly CasePackage[]): boolean {
  return packages.some(({ listed }) => listed.length > 0);
}

function render({ steps, satisfied, held, conflicts, breakages, cascade }: Resolution): string {
  const lines = [
    ...steps.map(({ kind, package: nevra, reason, replaces, origin }) => {
      const instead = replaces.length === 0 ? "" : ` for ${replaces.map(formatNevra).join(", ")}`;
      const from = origin?.repository === undefined ? "" : ` from ${origin.repository}`;
      return `${kind} ${formatNevra(nevra)}${instead}${from}${reason === "asked" ? "" : ` (${reason})`}`;
    }),
    ...satisfied.map(({ word, package: nevra, node }) => `has ${word}: ${formatNevra(nevra)} in ${node}`),
    ...held.map(({ package: nevra, because }) => `held ${formatNevra(nevra)}: ${breakageText(because)}`),
    ...conflicts.flatMap(({ text, rules, proposals }) => [
      `problem ${text}`,
      ...rules.map((rule) => `  ${rule}`),
      ...proposals.map((proposal) => `  or ${proposal.join("; ")}`),
    ]),
    ...breakages.map((breakage) => `breaks ${breakageText(breakage)}`),
    ...cascade.map(({ node, erase }) => `cascade ${node}: erase ${erase.map(formatNevra).join(", ")}`),
  ];
  return (lines.length === 0 ? ["nothing"] : lines).map((line) => line + "\n").join("");
}

function breakageText({ node, package: nevra, kind, what, other }: Breakage): string {
  return `${node}: ${formatNevra(nevra)} ${kind} ${what}${other === undefined ? "" : ` (${formatNevra(other)})`}`;
}
