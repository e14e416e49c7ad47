import { escapeText } from "../core/escape.ts";
import type { FoundPackage } from "../packages/solve/find_available.ts";
import type { Style } from "../view/style.ts";
import { tableLines } from "../view/table.ts";

/** Packages that were looked for, for programs. */
export function toFoundData({ name, evr, arch, summary, node, repository, installedSize }: FoundPackage) {
  return {
    name,
    evr,
    arch,
    summary,
    node: node ?? null,
    repository: repository ?? null,
    sizeBytes: installedSize,
  };
}

/** The same for people; for what is installed, the node that has it. */
export function foundTable(packages: readonly FoundPackage[], style: Style): string {
  if (packages.length === 0) return "no packages";
  const [head = "", ...lines] = tableLines([
    ["NAME", "VERSION", "ARCH", "FROM", "SUMMARY"],
    ...packages.map(({ name, evr, arch, summary, node, repository }) =>
      [name, evr, arch, node ?? repository ?? "-", summary].map(escapeText)
    ),
  ]);
  return [style.bold(head), ...lines].join("\n");
}
