import { libc } from "../../ffi/libc/libc.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { EXIT } from "../core/exit_code.ts";
import { findLockHolder } from "../host/lock_holder.ts";
import { holdersOf } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { collect } from "../packages/generation/collect.ts";
import { commit, type Committed } from "../packages/generation/commit.ts";
import { dependenciesIn } from "../packages/generation/history.ts";
import {
  type LockedContent,
  type NodeContent,
  openContent,
  openLockedContent,
  type TransactionContent,
  withState,
} from "../packages/generation/node_content.ts";
import { prepare as prepareContent } from "../packages/generation/prepare.ts";
import { recover } from "../packages/generation/recover.ts";
import { dependenciesAfter } from "../packages/solve/dependencies.ts";
import type { Request } from "../packages/solve/request.ts";
import type { Resolution, Step } from "../packages/solve/resolution.ts";
import { resolve } from "../packages/solve/resolve.ts";
import { applyTransaction } from "../packages/transaction/apply.ts";
import {
  type AppliedTransaction,
  type JobStep,
  type PackageTrust,
  type Privilege,
  PRIVILEGES,
} from "../packages/transaction/job.ts";
import { isOfDatabase } from "../packages/transaction/place_database.ts";
import { awaitFamilyLock } from "../store/lock_node.ts";
import { type Style, styleFor } from "../view/style.ts";
import { confirm } from "./confirm.ts";
import { applyCascade, type FamilyChange, jobFor } from "./family_job.ts";
import { fetchPackages } from "./fetch_packages.ts";
import type { Globals } from "./globals.ts";
import type { Output } from "./invocation.ts";
import { describeKept } from "./kept_paths.ts";
import { type NamedPackages, namedPackages, trustOfNamed } from "./named_packages.ts";
import { type NodeRepositories, nodeRepositories } from "./node_repositories.ts";
import { installedWorld, type NodeWorld, nodeWorld } from "./node_world.ts";
import { changesData, changesTable, doneLines, obstaclesOf } from "./package_changes.ts";
import { downloadReporter } from "./progress.ts";
import { readWait } from "./read_wait.ts";
import { usage } from "./split_words.ts";
import { transactionHost } from "./transaction_host.ts";
import { transactionReporter } from "./transaction_reporter.ts";
import { type NodeInvocation, type TrustedNode, trustedNode } from "./trusted_node.ts";
import { writeMessage } from "./write.ts";

/** The flags of the commands that change packages; each has some of them. */
export interface ChangeFlags {
  readonly "dry-run": boolean;
  readonly wait: string | undefined;
  readonly "no-scripts"?: boolean;
  readonly allow?: string | undefined;
  readonly cascade?: boolean;
  readonly "no-gpgcheck"?: boolean;
  readonly "no-weak"?: boolean;
}

type Action = Request["action"];

/** What a command is about, once its words are understood. */
interface Change {
  readonly action: Action;
  readonly flags: ChangeFlags;
  readonly globals: Globals;
  readonly node: TrustedNode;
  readonly repositories: NodeRepositories | undefined;
  readonly words: readonly string[];
  /** What packages have to be signed with that are no repository's. */
  readonly trust: PackageTrust;
  readonly allowed: readonly Privilege[];
}

/**
 * Changes the packages of the node that a command's first operand names: finds out what has to be done, shows it, asks,
 * and does it.
 *
 * @throws {RedpakError} `E_DEPENDENCIES` and `E_DESCENDANT_BROKEN` where it cannot be done; as `resolve`,
 * `downloadPackages` and `applyTransaction`
 */
export async function changePackages(
  action: Action,
  invocation: NodeInvocation & { readonly flags: ChangeFlags },
): Promise<Output> {
  const { flags, globals, operands } = invocation;
  const wait = readWait(flags.wait);
  const allowed = readPrivileges(flags.allow);
  const needsRepositories = action !== "remove" && action !== "autoremove";
  const repositories = needsRepositories ? await nodeRepositories(invocation) : undefined;
  const node = repositories ?? await trustedNode(invocation);
  const trust = action === "install" ? trustOfNamed(node, flags["no-gpgcheck"] === true) : NOBODY;
  const change: Change = {
    action,
    flags,
    globals,
    node,
    repositories,
    words: operands.slice(1),
    trust,
    allowed,
  };
  if (flags["dry-run"]) return await look(change);
  const [, ...ancestors] = node.family.map(({ path }) => path);
  const options = { wait, findHolder: findLockHolder };
  using lock = await awaitFamilyLock(ancestors.reverse(), node.node, options);
  using content = openLockedContent(libc(), node.node, lock);
  await recover(content);
  return await carryOut(change, content, wait);
}

const NOBODY: PackageTrust = { keys: [], required: true };

function readPrivileges(text: string | undefined): Privilege[] {
  return (text ?? "").split(",").filter((word) => word !== "").map((word) => {
    const privilege = PRIVILEGES.find((each) => each === word);
    if (privilege !== undefined) return privilege;
    throw usage(`Cannot allow "${word}": expected ${PRIVILEGES.join(", ")}, with commas between them`);
  });
}

/** Says what would be done. Nothing is made, and nobody asked. */
async function look(change: Change): Promise<Output> {
  using content = openContent(libc(), change.node.node);
  using prepared = await prepare(change, true);
  const named = await namedPackages(change.words, change.node, change.trust, true);
  const resolution = await solve(change, named, prepared, content);
  const marked = newlyAsked(change, resolution, content);
  return describe(change, resolution, prepared.warnings, (style) => tableText(change, resolution, marked, style));
}

function tableText({ node, flags }: Change, resolution: Resolution, marked: readonly string[], style: Style): string {
  const nothing = resolution.steps.length + marked.length === 0 ? [`nothing to do in ${escapeText(node.node)}`] : [];
  const verb = flags["dry-run"] ? "would count" : "counts";
  return [
    changesTable(resolution, style),
    ...marked.map((name) => `${escapeText(name)} ${verb} as asked for from now on: redpak autoremove leaves it alone`),
    ...nothing,
  ].filter((text) => text !== "").join("\n");
}

/** Packages that are there because others need them, and that somebody asks for now. */
function newlyAsked({ action }: Change, resolution: Resolution, content: NodeContent): string[] {
  if (resolution.steps.length > 0) return [];
  const before = dependenciesIn(content);
  const after = dependenciesAfter(before, action, resolution);
  return before.filter((name) => !after.includes(name));
}

async function carryOut(change: Change, content: LockedContent, wait: number): Promise<Output> {
  const { globals, node, action } = change;
  using prepared = await prepare(change, false);
  const named = await namedPackages(change.words, node, change.trust, false);
  const resolution = await solve(change, named, prepared, content);
  const { steps, cascade } = resolution;
  const dependencies = dependenciesAfter(dependenciesIn(content), action, resolution);
  if (steps.length === 0) {
    const marked = newlyAsked(change, resolution, content);
    const done = marked.length === 0 ? undefined : await mark(change, content, dependencies);
    const text = (style: Style) => tableText(change, resolution, marked, style);
    return describe(change, resolution, prepared.warnings, text, done);
  }
  if (!globals.json && !globals.quiet) writeMessage(changesTable(resolution, styleFor(globals.color.stderr)) + "\n");
  if (!globals.yes && !confirm(`Do this in ${escapeText(node.node)}?`, "--yes does it without asking")) {
    return describe(change, resolution, prepared.warnings, () => `nothing was changed in ${escapeText(node.node)}`);
  }
  const jobSteps = await fetchSteps(change, prepared, steps);
  const warnings: Problem[] = [...prepared.warnings];
  const host = transactionHost({ report: transactionReporter(globals), environment: node.facts.env });
  const asked: FamilyChange = {
    globals,
    environment: node.facts.env,
    command: [action, ...change.words],
    allowed: change.allowed,
    noScripts: change.flags["no-scripts"] === true,
    wait,
  };
  for (const each of cascade) {
    const { kept, warnings: said } = await applyCascade(asked, prepared.world, each);
    warnings.push(...describeKept(kept), ...said.map(warningOf));
  }
  using place = withState(content);
  const job = jobFor(asked, prepared.world, node.node, jobSteps, dependencies);
  const applied = await applyTransaction(place, job, host);
  warnings.push(...describeKept(applied.kept), ...applied.warnings.map(warningOf), ...await freeFormer(place));
  return describe(change, resolution, warnings, () => summary(change, resolution, applied), applied);
}

function prepare({ repositories, node, globals }: Change, look: boolean): Promise<NodeWorld> {
  return repositories === undefined ? installedWorld(node) : nodeWorld(repositories, globals, look);
}

/** @throws {RedpakError} where it cannot be done, with everything that is in its way */
async function solve(
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
  const names = database?.map((header) => header.text("NAME")) ?? [];
  const resolution = await resolve(world, request, {
    userInstalled: new Set(names.filter((name) => !dependencies.has(name))),
    recommended: flags["no-weak"] !== true,
  });
  const problems = obstaclesOf(resolution, flags.cascade);
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.dependency, problems });
  return resolution;
}

/** Brings packages here, and says what each has to be signed with. */
async function fetchSteps(
  { globals, node, trust }: Change,
  prepared: NodeWorld,
  steps: readonly Step[],
): Promise<JobStep[]> {
  const fetched = steps.flatMap(({ package: nevra, origin }) =>
    origin?.repository === undefined ? [] : [{ package: nevra, origin }]
  );
  const paths = await fetchPackages(fetched, prepared, { trust: node.trust, report: downloadReporter(globals) });
  const files = new Map(fetched.map(({ origin }, at) => [origin, paths[at]!]));
  return steps.map((step): JobStep => {
    const { origin } = step;
    if (origin === undefined) return { step };
    if (origin.repository === undefined) return { step, file: origin.location, trust };
    const { repository, keys } = prepared.ready.find((each) => each.repository.id === origin.repository)!;
    return { step, file: files.get(origin)!, trust: { keys, required: repository.gpgcheck } };
  });
}

/** Remembers that somebody has asked for packages that are there: a transaction like any other, which `undo` takes back. */
async function mark(
  { action, words }: Change,
  content: LockedContent,
  dependencies: readonly string[],
): Promise<Committed> {
  using place = withState(content);
  using staging = prepareContent(place, { paths: [], isWritten: isOfDatabase });
  const done = await commit(staging, { command: [action, ...words], packages: [], dependencies, time: Date.now() });
  await freeFormer(place);
  return done;
}

/** Frees what nobody can go back to any more. What has been done is done, be that possible or not. */
async function freeFormer(content: TransactionContent): Promise<Problem[]> {
  try {
    await collect(content);
    return [];
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return [{ code: "W_NOT_FREED", message: `Former content is still there: ${error.message}`, hints: error.hints }];
  }
}

function warningOf(message: string): Problem {
  return { code: "W_RPM", message };
}

function summary(
  { node }: Change,
  { steps, cascade }: Resolution,
  { record }: AppliedTransaction,
): string {
  const inside = cascade.flatMap(({ node, erase }) =>
    erase.map((one) => escapeText(`removed ${formatNevra(one)} from ${node}`))
  );
  const path = escapeText(node.node);
  return [
    ...inside,
    ...doneLines(steps),
    `transaction ${record.sequence} of ${path}; redpak undo ${path} takes it back`,
  ]
    .join("\n");
}

function describe(
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
