import { libc } from "../../ffi/libc/libc.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { findLockHolder } from "../host/lock_holder.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { collect } from "../packages/generation/collect.ts";
import { commit, type Committed } from "../packages/generation/commit.ts";
import { dependenciesIn } from "../packages/generation/history.ts";
import {
  type LockedContent,
  openLockedContent,
  type TransactionContent,
  withState,
} from "../packages/generation/node_content.ts";
import { prepare } from "../packages/generation/prepare.ts";
import { recover } from "../packages/generation/recover.ts";
import { dependenciesAfter } from "../packages/solve/dependencies.ts";
import type { Resolution, Step } from "../packages/solve/resolution.ts";
import { applyTransaction } from "../packages/transaction/apply.ts";
import type { AppliedTransaction, JobStep } from "../packages/transaction/job.ts";
import { isOfDatabase } from "../packages/transaction/place_database.ts";
import { awaitFamilyLock } from "../store/lock_node.ts";
import { type Style, styleFor } from "../view/style.ts";
import { confirm } from "./confirm.ts";
import { applyCascade, type FamilyChange, jobFor } from "./family_job.ts";
import { fetchPackages } from "./fetch_packages.ts";
import type { Output } from "./invocation.ts";
import { describeKept } from "./kept_paths.ts";
import { namedPackages } from "./named_packages.ts";
import type { NodeWorld } from "./node_world.ts";
import { type Change, describe, newlyAsked, readWorld, solve, tableText } from "./package_change.ts";
import { changesTable, doneLines, warningOf } from "./package_changes.ts";
import { downloadReporter } from "./progress.ts";
import { transactionHost } from "./transaction_host.ts";
import { transactionReporter } from "./transaction_reporter.ts";
import { writeMessage } from "./write.ts";

/**
 * Does what a command is about, after a question.
 *
 * @param wait seconds for others that work on the node
 * @throws {RedpakError} as `resolve`, `downloadPackages` and `applyTransaction`
 */
export async function carryOut(change: Change, wait: number): Promise<Output> {
  const { node } = change;
  const [, ...ancestors] = node.family.map(({ path }) => path);
  using lock = await awaitFamilyLock(ancestors.reverse(), node.node, { wait, findHolder: findLockHolder });
  using content = openLockedContent(libc(), node.node, lock);
  await recover(content);
  return await changeContent(change, content, wait);
}

async function changeContent(change: Change, content: LockedContent, wait: number): Promise<Output> {
  const { globals, node, action } = change;
  using prepared = await readWorld(change, false);
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
    scriptTimeout: change.scriptTimeout,
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
  using staging = prepare(place, { paths: [], isWritten: isOfDatabase });
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

function summary(
  { node }: Change,
  { steps, cascade }: Resolution,
  { record }: AppliedTransaction,
): string {
  const inside = cascade.flatMap(({ node, erase }) =>
    erase.map((one) => escapeText(`removed ${formatNevra(one)} from ${node}`))
  );
  const path = escapeText(node.node);
  const back = [path, ...cascade.map(({ node }) => escapeText(node))].map((each) => `redpak undo ${each}`);
  return [
    ...inside,
    ...doneLines(steps),
    `transaction ${record.sequence} of ${path}; ${back.join(", then ")} ${back.length > 1 ? "take" : "takes"} it back`,
  ].join("\n");
}
