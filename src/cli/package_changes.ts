import type { Problem } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { HOST } from "../packages/database/holders.ts";
import { formatNevra, type Nevra } from "../packages/database/installed_package.ts";
import type { Breakage, Resolution, Step, StepKind } from "../packages/solve/resolution.ts";
import { formatBytes } from "../view/quantity.ts";
import type { Style } from "../view/style.ts";
import { tableLines } from "../view/table.ts";

/** Heads of the parts of the table, in its order. */
const PARTS = [
  ["install", "asked", "Installing"],
  ["install", "dependency", "Installing what they need"],
  ["install", "recommended", "Installing what they recommend"],
  ["upgrade", undefined, "Updating"],
  ["obsoletes", undefined, "Replacing"],
  ["change", undefined, "Changing"],
  ["downgrade", undefined, "Downgrading"],
  ["reinstall", undefined, "Reinstalling"],
  ["erase", "asked", "Removing"],
  ["erase", "dependency", "Removing what needs them"],
] as const satisfies readonly (readonly [StepKind, Step["reason"] | undefined, string])[];

/** What is to be done, for people: the packages, part by part, and what it takes. */
export function changesTable(resolution: Resolution, style: Style): string {
  const { steps } = resolution;
  const parts = PARTS.map(([kind, reason, head]) => ({
    head,
    rows: steps.filter((step) => step.kind === kind && (reason === undefined || step.reason === reason)),
  })).filter(({ rows }) => rows.length > 0);
  const lines = tableLines([
    ["  PACKAGE", "VERSION", "ARCH", "FROM", "SIZE"],
    ...parts.flatMap(({ rows }) => rows.map(rowOf)),
  ]);
  const [columns = "", ...rows] = lines;
  return [
    ...steps.length === 0 ? [] : [style.bold(columns)],
    ...parts.flatMap(({ head, rows: { length } }) => [`${head}:`, ...rows.splice(0, length)]),
    ...cascadeLines(resolution),
    ...remarkLines(resolution),
    ...steps.length === 0 ? [] : [totals(resolution)],
  ].join("\n");
}

function rowOf({ kind, package: { name, evr, arch }, replaces, origin, installedSize }: Step): string[] {
  const former = kind === "reinstall" || replaces.length === 0
    ? ""
    : ` (for ${replaces.map((one) => one.name === name ? one.evr : formatNevra(one)).join(", ")})`;
  return [
    `  ${escapeText(name)}`,
    escapeText(evr + former),
    escapeText(arch),
    kind === "erase" ? "-" : escapeText(origin?.repository ?? "a file"),
    formatBytes(kind === "erase" ? installedSize : origin?.size ?? 0),
  ];
}

/** What goes in nodes inside. */
export function cascadeLines({ cascade }: Pick<Resolution, "cascade">): string[] {
  return cascade.flatMap(({ node, erase }) => [
    `Removing in ${escapeText(node)}, which is inside:`,
    ...erase.map((one) => `  ${escapeText(formatNevra(one))}`),
  ]);
}

/** What stays as it is, and why. */
function remarkLines({ satisfied, held }: Resolution): string[] {
  return [
    ...satisfied.map(({ package: nevra, node }) =>
      `${escapeText(formatNevra(nevra))} is installed already, in ${node === HOST ? "the host" : escapeText(node)}`
    ),
    ...held.map(({ package: nevra, because }) =>
      `${escapeText(formatNevra(nevra))} stays as it is: ${escapeText(breakageText(because))}`
    ),
  ];
}

const COUNTED: Readonly<Record<StepKind, string>> = {
  install: "install",
  upgrade: "update",
  obsoletes: "replace",
  change: "change",
  downgrade: "downgrade",
  reinstall: "reinstall",
  erase: "remove",
};

function totals({ steps }: Resolution): string {
  const counts = Object.entries(COUNTED).flatMap(([kind, word]) => {
    const count = steps.filter((step) => step.kind === kind).length;
    return count === 0 ? [] : [`${word} ${count}`];
  });
  const { downloadBytes, diskBytes } = sizesOf(steps);
  const disk = diskBytes < 0 ? `${formatBytes(-diskBytes)} are freed` : `${formatBytes(diskBytes)} of disk are used`;
  const packages = downloadBytes === 0 ? "" : `${formatBytes(downloadBytes)} of packages, `;
  return `${counts.join(", ")}: ${packages}${disk}`;
}

/** Bytes of the packages of repositories, and by how many the node grows. */
export function sizesOf(steps: readonly Step[]): { readonly downloadBytes: number; readonly diskBytes: number } {
  let downloadBytes = 0;
  let diskBytes = 0;
  for (const { kind, origin, installedSize, replacedSize = 0 } of steps) {
    if (origin?.repository !== undefined) downloadBytes += origin.size;
    diskBytes += kind === "erase" ? -installedSize : installedSize - replacedSize;
  }
  return { downloadBytes, diskBytes };
}

const RELATIONS: Readonly<Record<Breakage["kind"], string>> = {
  requires: "requires",
  conflicts: "conflicts with",
  conflicted: "is in conflict with",
  obsoletes: "obsoletes",
  obsoleted: "is obsoleted by",
  same: "would be there twice, beside another",
};

/** Why a package of another node would be broken. */
export function breakageText({ node, package: nevra, kind, what, other }: Breakage): string {
  const side = other === undefined ? "" : ` (${formatNevra(other)})`;
  return `${formatNevra(nevra)} of ${node} ${RELATIONS[kind]} ${what}${side}`;
}

/** Files that packages require and none has. People see them in the node, and wonder. */
function missingFiles(texts: readonly string[]): string[] {
  const paths = new Set(texts.flatMap((text) => /^nothing provides (\/\S+)/.exec(text)?.[1] ?? []));
  return [...paths].map((path) =>
    `a package has to have ${path}, of the node, an ancestor or a repository: what a node shows of the host does not count`
  );
}

const DONE: Readonly<Record<StepKind, string>> = {
  install: "installed",
  upgrade: "updated",
  obsoletes: "installed",
  change: "changed",
  downgrade: "downgraded",
  reinstall: "reinstalled",
  erase: "removed",
};

/** What has been done, a line for each package. */
export function doneLines(steps: readonly Step[]): string[] {
  return steps.map(({ kind, package: nevra, replaces }) => {
    const former = kind === "obsoletes" ? ` in the place of ${replaces.map(formatNevra).join(", ")}` : "";
    return escapeText(`${DONE[kind]} ${formatNevra(nevra)}${former}`);
  });
}

/** What librpm, or a script, had to say. */
export function warningOf(message: string): Problem {
  return { code: "W_RPM", message };
}

/** The same as the table, for programs. */
export function changesData(resolution: Resolution) {
  const { steps, satisfied, held, cascade } = resolution;
  return {
    steps: steps.map(({ kind, package: nevra, reason, replaces, origin, installedSize }) => ({
      kind,
      package: nevra,
      reason,
      replaces,
      repository: origin?.repository ?? null,
      downloadBytes: origin?.size ?? 0,
      installedBytes: installedSize,
    })),
    satisfied: satisfied.map(({ word, package: nevra, node }) => ({ word, package: nevra, node })),
    held: held.map(({ package: nevra, because }) => ({ package: nevra, because: breakageText(because) })),
    cascade: cascade.map(({ node, erase }) => ({ node, erase: [...erase] as Nevra[] })),
    ...sizesOf(steps),
  };
}

/**
 * Everything that keeps a change from being made; nothing where it can be.
 *
 * @param cascading whether nodes inside may lose packages; `undefined` where that is not for the command
 */
export function obstaclesOf(
  { conflicts, breakages, cascade }: Pick<Resolution, "conflicts" | "breakages" | "cascade">,
  cascading: boolean | undefined,
): Problem[] {
  if (conflicts.length > 0) {
    return conflicts.map(({ text, rules, proposals }) => ({
      code: "E_DEPENDENCIES",
      message: `Cannot do it: ${text}`,
      because: rules,
      hints: [...proposals.map((proposal) => proposal.join(", and ")), ...missingFiles([text, ...rules])],
    }));
  }
  if (cascading) return [];
  const going = cascade.flatMap(({ node, erase }) => erase.map((one) => `${formatNevra(one)} of ${node}`));
  const hints = going.length === 0 || cascading === undefined ? [] : [`--cascade removes ${going.join(", ")}`];
  return breakages.map((breakage, index) => ({
    code: "E_DESCENDANT_BROKEN",
    message: `Cannot do it: ${breakageText(breakage)}`,
    hints: [
      ...breakage.kind === "same"
        ? [`redpak remove ${breakage.node} ${breakage.what}, for it comes from here then`]
        : [],
      // Once for all of them.
      ...index === breakages.length - 1 ? hints : [],
    ],
  }));
}
