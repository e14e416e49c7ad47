import { libc } from "../../ffi/libc/libc.ts";
import { isWithin } from "../core/path.ts";
import { findLockHolder } from "../host/lock_holder.ts";
import { holdersOf } from "../packages/database/holders.ts";
import { dependenciesIn } from "../packages/generation/history.ts";
import { openLockedContent, withState } from "../packages/generation/node_content.ts";
import { recover } from "../packages/generation/recover.ts";
import { dependenciesAfter } from "../packages/solve/dependencies.ts";
import type { Cascade, Step } from "../packages/solve/resolution.ts";
import type { World } from "../packages/solve/resolve.ts";
import { applyTransaction } from "../packages/transaction/apply.ts";
import type { AppliedTransaction, JobStep, Privilege, TransactionJob } from "../packages/transaction/job.ts";
import { awaitNodeLock } from "../store/lock_node.ts";
import type { Globals } from "./globals.ts";
import { transactionHost } from "./transaction_host.ts";
import { transactionReporter } from "./transaction_reporter.ts";
import { type NodeInvocation, trustedNode } from "./trusted_node.ts";

/** What a command does to the packages of a family, whichever of the nodes it is about. */
export interface FamilyChange {
  readonly globals: Globals;
  readonly environment: NodeInvocation["environment"];
  /** What was asked for, for the history. */
  readonly command: readonly string[];
  readonly allowed: readonly Privilege[];
  readonly noScripts: boolean;
  /** Milliseconds that a script has; absent for what is usual. */
  readonly scriptTimeout?: number | undefined;
  /** As for `awaitNodeLock`. */
  readonly wait: number;
}

/** @param node the one that is changed: that of the command, or one that is inside of it */
export function jobFor(
  { command, allowed, noScripts, scriptTimeout }: FamilyChange,
  { family, descendants }: Pick<World, "family" | "descendants">,
  node: string,
  steps: readonly JobStep[],
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
    noScripts,
    ...scriptTimeout === undefined ? {} : { scriptTimeout },
  };
}

/** Removes from a node inside what would be broken, before that which breaks it. */
export async function applyCascade(
  change: FamilyChange,
  world: Pick<World, "family" | "descendants">,
  { node, erase }: Cascade,
): Promise<AppliedTransaction> {
  const { globals, environment, wait, command } = change;
  await trustedNode({ operands: [node], globals: { ...globals, root: undefined }, environment });
  // INVARIANT: the node above is this process's alone, so nobody who has this one waits for that one.
  using lock = await awaitNodeLock(node, { wait, findHolder: findLockHolder });
  using opened = openLockedContent(libc(), node, lock);
  await recover(opened);
  using content = withState(opened);
  const steps = erase.map((nevra): Step => {
    return { kind: "erase", package: nevra, reason: "dependency", replaces: [], installedSize: 0 };
  });
  const dependencies = dependenciesAfter(dependenciesIn(opened), "remove", { steps, satisfied: [] });
  const asked = { ...change, command: [...command, "--cascade"] };
  const job = jobFor(asked, world, node, steps.map((step) => ({ step })), dependencies);
  const host = transactionHost({ report: transactionReporter(globals), environment });
  return await applyTransaction(content, job, host);
}
