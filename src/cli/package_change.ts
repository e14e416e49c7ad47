import { RedpakError } from "../core/error.ts";
import type { Problem } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { EXIT } from "../core/exit_code.ts";
import { holdersOf } from "../packages/database/holders.ts";
import type { Committed } from "../packages/generation/commit.ts";
import { dependenciesIn } from "../packages/generation/history.ts";
import type { NodeContent } from "../packages/generation/node_content.ts";
import { dependenciesAfter } from "../packages/solve/dependencies.ts";
import type { Request } from "../packages/solve/request.ts";
import type { Resolution } from "../packages/solve/resolution.ts";
import { resolve } from "../packages/solve/resolve.ts";
import type { PackageTrust, Privilege } from "../packages/transaction/job.ts";
import type { Style } from "../view/style.ts";
import type { Globals } from "./globals.ts";
import type { Output } from "./invocation.ts";
import type { NamedPackages } from "./named_packages.ts";
import type { NodeRepositories } from "./node_repositories.ts";
import { installedWorld, type NodeWorld, nodeWorld } from "./node_world.ts";
import { changesData, changesTable, obstaclesOf } from "./package_changes.ts";
import type { TrustedNode } from "./trusted_node.ts";

/** The flags of the commands that change packages; each has some of them. */
export interface ChangeFlags {
  readonly "dry-run": boolean;
  readonly wait: string | undefined;
  readonly "no-scripts"?: boolean;
  readonly "script-timeout"?: string | undefined;
  readonly allow?: string | undefined;
  readonly cascade?: boolean;
  readonly "no-gpgcheck"?: boolean;
  readonly "no-weak"?: boolean;
}

type Action = Request["action"];

/** What a command is about, once its words are understood. */
export interface Change {
  readonly action: Action;
  readonly flags: ChangeFlags;
  readonly globals: Globals;
  readonly node: TrustedNode;
  readonly repositories: NodeRepositories | undefined;
  readonly words: readonly string[];
  /** What packages have to be signed with that are no repository's. */
  readonly trust: PackageTrust;
  readonly allowed: readonly Privilege[];
  /** Milliseconds that a script has; absent for what is usual. */
  readonly scriptTimeout: number | undefined;
}

/** Reads what the solver needs to know. */
export function readWorld({ repositories, node, globals }: Change, look: boolean): Promise<NodeWorld> {
  return repositories === undefined ? installedWorld(node) : nodeWorld(repositories, globals, look);
}

/** @throws {RedpakError} where it cannot be done, with everything that is in its way */
export async function solve(
  { action, flags, node }: Change,
  { words, files }: NamedPackages,
  { world }: NodeWorld,
  content: NodeContent,
): Promise<Resolution> {
  const request: Request = action === "install"
    ? { action, words, files }
    : action === "autoremove"
    ? { action }
    : { action, words };
  const dependencies = new Set(dependenciesIn(content));
  const [own] = holdersOf([node.node]);
  using database = own!.open();
  const names = database?.map((header) => header.basics.name) ?? [];
  const resolution = await resolve(world, request, {
    userInstalled: new Set(names.filter((name) => !dependencies.has(name))),
    recommended: flags["no-weak"] !== true,
  });
  const problems = obstaclesOf(resolution, flags.cascade);
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.dependency, problems });
  return resolution;
}

/** What is going to be done, for people. */
export function tableText(
  { node, flags }: Change,
  resolution: Resolution,
  marked: readonly string[],
  style: Style,
): string {
  const nothing = resolution.steps.length + marked.length === 0 ? [`nothing to do in ${escapeText(node.node)}`] : [];
  const verb = flags["dry-run"] ? "would count" : "counts";
  return [
    changesTable(resolution, style),
    ...marked.map((name) => `${escapeText(name)} ${verb} as asked for from now on: redpak autoremove leaves it alone`),
    ...nothing,
  ].filter((text) => text !== "").join("\n");
}

/** Packages that are there because others need them, and that somebody asks for now. */
export function newlyAsked({ action }: Change, resolution: Resolution, content: NodeContent): string[] {
  if (resolution.steps.length > 0) return [];
  const before = dependenciesIn(content);
  const after = dependenciesAfter(before, action, resolution);
  return before.filter((name) => !after.includes(name));
}

/** What a command says when it is done. */
export function describe(
  { action, flags, node }: Change,
  resolution: Resolution,
  warnings: readonly Problem[],
  text: Output["text"],
  applied?: Committed,
): Output {
  return {
    kind: "Transaction",
    data: {
      action,
      node: node.node,
      dryRun: flags["dry-run"],
      changed: flags["dry-run"] ? resolution.steps.length > 0 : applied !== undefined,
      transaction: applied?.record.sequence ?? null,
      kept: applied?.kept ?? [],
      ...changesData(resolution),
    },
    text,
    warnings,
  };
}
