import { libc } from "../../ffi/libc/libc.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { EXIT } from "../core/exit_code.ts";
import { isWithin } from "../core/path.ts";
import { findLockHolder } from "../host/lock_holder.ts";
import { holdersOf } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { collect } from "../packages/generation/collect.ts";
import { readHistory } from "../packages/generation/history.ts";
import {
  type LockedContent,
  type NodeContent,
  openContent,
  openLockedContent,
  type TransactionContent,
  withState,
} from "../packages/generation/node_content.ts";
import { recover } from "../packages/generation/recover.ts";
import { dependenciesAfter } from "../packages/solve/dependencies.ts";
import type { Request } from "../packages/solve/request.ts";
import type { Cascade, Resolution, Step } from "../packages/solve/resolution.ts";
import { resolve, type World } from "../packages/solve/resolve.ts";
import { applyTransaction } from "../packages/transaction/apply.ts";
import {
  type AppliedTransaction,
  type JobStep,
  type PackageTrust,
  type Privilege,
  PRIVILEGES,
  type TransactionJob,
} from "../packages/transaction/job.ts";
import { awaitFamilyLock, awaitNodeLock } from "../store/lock_node.ts";
import { type Style, styleFor } from "../view/style.ts";
import { confirm } from "./confirm.ts";
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
  return describe(change, resolution, prepared.warnings, (style) => tableText(change, resolution, style));
}

function tableText({ node }: Change, resolution: Resolution, style: Style): string {
  const nothing = resolution.steps.length === 0 ? [`nothing to do in ${escapeText(node.node)}`] : [];
  return [changesTable(resolution, style), ...nothing].filter((text) => text !== "").join("\n");
}

async function carryOut(change: Change, content: LockedContent, wait: number): Promise<Output> {
  const { globals, node, action } = change;
  using prepared = await prepare(change, false);
  const named = await namedPackages(change.words, node, change.trust, false);
  const resolution = await solve(change, named, prepared, content);
  const { steps, cascade } = resolution;
  if (steps.length === 0) {
    return describe(change, resolution, prepared.warnings, (style) => tableText(change, resolution, style));
  }
  if (!globals.json && !globals.quiet) writeMessage(changesTable(resolution, styleFor(globals.color.stderr)) + "\n");
  if (!globals.yes && !confirm(`Do this in ${escapeText(node.node)}?`, "--yes does it without asking")) {
    return describe(change, resolution, prepared.warnings, () => `nothing was changed in ${escapeText(node.node)}`);
  }
  const jobSteps = await fetchSteps(change, prepared, steps);
  const warnings: Problem[] = [...prepared.warnings];
  const host = transactionHost(transactionReporter(globals));
  for (const each of cascade) {
    const { kept, warnings: said } = await applyCascade(change, prepared.world, each, wait);
    warnings.push(...describeKept(kept), ...said.map(warningOf));
  }
  using place = withState(content);
  const command = [action, ...change.words];
  const dependencies = dependenciesAfter(readDependencies(content), action, resolution);
  const job = jobFor(change, prepared.world, node.node, jobSteps, command, dependencies);
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
  const dependencies = new Set(readDependencies(content));
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

/** Packages that nobody has asked for, as the transaction remembers that made what the node has. */
function readDependencies(content: NodeContent): readonly string[] {
  return readHistory(content).find(({ state }) => state === "current")?.record.dependencies ?? [];
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

/** @param node the one that is changed: that of the command, or one that is inside of it */
function jobFor(
  { flags, allowed }: Change,
  { family, descendants }: World,
  node: string,
  steps: readonly JobStep[],
  command: readonly string[],
  dependencies: readonly string[],
): TransactionJob {
  const nodes = [...family, ...descendants].map((source) => source.node).filter((each) => each !== node);
  const above = nodes.filter((each) => isWithin(node, each)).sort((one, other) => other.length - one.length);
  return {
    steps,
    command,
    dependencies,
    time: Date.now(),
    ancestors: holdersOf(above),
    descendants: holdersOf(nodes.filter((each) => isWithin(each, node))),
    allowed,
    noScripts: flags["no-scripts"] === true,
  };
}

/** Removes from a node inside what would be broken, before that which breaks it. */
async function applyCascade(
  change: Change,
  world: World,
  { node, erase }: Cascade,
  wait: number,
): Promise<AppliedTransaction> {
  const { globals, action, words } = change;
  await trustedNode({ operands: [node], globals: { ...globals, root: undefined }, environment: change.node.facts.env });
  // INVARIANT: the node above is this process's alone, so nobody who has this one waits for that one.
  using lock = await awaitNodeLock(node, { wait, findHolder: findLockHolder });
  using opened = openLockedContent(libc(), node, lock);
  await recover(opened);
  using content = withState(opened);
  const steps = erase.map((nevra): Step => {
    return { kind: "erase", package: nevra, reason: "dependency", replaces: [], installedSize: 0 };
  });
  const command = [action, ...words, "--cascade"];
  const dependencies = dependenciesAfter(readDependencies(opened), "remove", { steps, satisfied: [] });
  const job = jobFor(change, world, node, steps.map((step) => ({ step })), command, dependencies);
  return await applyTransaction(content, job, transactionHost(transactionReporter(globals)));
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
  applied?: AppliedTransaction,
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
