import { escapeText } from "../../core/escape.ts";
import { holdersOf } from "../../packages/database/holders.ts";
import { formatNevra, nevraOf } from "../../packages/database/installed_package.ts";
import { packageMatcher } from "../../packages/database/match_pattern.ts";
import { type PackageDetails, packageDetails } from "../../packages/database/package_details.ts";
import { loadFamily } from "../../store/load_family.ts";
import { formatBytes } from "../../view/quantity.ts";
import type { Style } from "../../view/style.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { packagePlaces } from "../package_places.ts";
import { resolveNode } from "../resolve_node.ts";
import { packageNotInstalled } from "./why.ts";

interface Found extends PackageDetails {
  readonly node: string;
}

/** `redpak info`. */
export async function info({ operands, flags, globals }: Invocation<"info">): Promise<Output> {
  const family = await loadFamily(await resolveNode(operands[0]!, globals.root));
  const word = operands[1]!;
  const isMeant = packageMatcher([word]);
  const found = holdersOf(packagePlaces(family)).flatMap(({ node, open }): Found[] => {
    using database = open();
    const read = database?.map((header) => isMeant(nevraOf(header)) ? [{ node, ...packageDetails(header) }] : []);
    return read?.flat() ?? [];
  });
  if (found.length === 0) throw packageNotInstalled(word, family[0].path);
  return {
    kind: "PackageDetails",
    data: {
      node: family[0].path,
      packages: found.map(({ size, installedAt, builtAt, ...details }) => ({
        ...details,
        sizeBytes: size,
        installedAt: timeText(installedAt),
        builtAt: timeText(builtAt),
      })),
    },
    text: (style) => found.map((details) => describe(details, flags.files, style)).join("\n\n"),
  };
}

const timeText = (seconds: number): string => new Date(seconds * 1000).toISOString();

function describe(details: Found, withFiles: boolean, style: Style): string {
  const { requires, conflicts, obsoletes, recommends, files } = details;
  const rows: [string, string][] = [
    ["node", details.node],
    ["summary", details.summary],
    ["size", `${formatBytes(details.size)} in ${files.length} ${files.length === 1 ? "file" : "files"}`],
    ["installed", timeText(details.installedAt)],
    ["built", `${timeText(details.builtAt)} from ${details.source}`],
    ["license", details.license],
    ["vendor", details.vendor],
    ["address", details.url],
    ...Object.entries({ requires, conflicts, obsoletes, recommends, files: withFiles ? files : [] })
      .flatMap(([name, texts]) => texts.map((text, at): [string, string] => [at === 0 ? name : "", text])),
  ];
  const lines = tableLines(rows.filter(([, value]) => value !== "").map(([name, value]) => [name, escapeText(value)]));
  return [style.bold(escapeText(formatNevra(details))), ...lines.map((line) => `  ${line}`)].join("\n");
}
