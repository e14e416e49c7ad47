import type { Facts } from "../../config/facts.ts";
import { bootOrder } from "../../config/boot_order.ts";
import { findSharedIds } from "../../config/id_range.ts";
import { mergeFamily } from "../../config/merge.ts";
import type { RedNode } from "../../config/node.ts";
import { formatPosition, type Problem, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { isWithin } from "../../core/path.ts";
import { buildPlan } from "../../plan/build.ts";
import { findLoosenings } from "../../proof/find_loosenings.ts";
import { eachNode, findTree, type Tree } from "../../store/find_tree.ts";
import { loadFamily } from "../../store/load_family.ts";
import { realDirectory } from "../../store/node_path.ts";
import { checkTrust } from "../../store/trust.ts";
import type { Style } from "../../view/style.ts";
import { bootNodes } from "../boot_nodes.ts";
import { gatherFacts } from "../facts.ts";
import type { HostPolicy } from "../host_policy.ts";
import type { Invocation, Output } from "../invocation.ts";
import { loadHostPolicy } from "../load_host_policy.ts";
import { type Drafts, repairNodes } from "../repair_nodes.ts";
import { resolveNode } from "../resolve_node.ts";

interface Finding {
  readonly path: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * `redpak check`: of every node in a directory, which may be one itself. Exits 3 when something is wrong, with `--fix`
 * when something is left.
 */
export async function check({ flags, operands, globals, environment }: Invocation<"check">): Promise<Output> {
  const path = realDirectory(await resolveNode(operands[0] ?? "", globals.root));
  const facts = gatherFacts(environment);
  const policy = await loadHostPolicy(facts);
  const tree = await findTree(path);
  const paths = [...eachNode(tree.nodes)].map((node) => node.path);
  const look = (path: string, drafts?: Drafts) => checkNode(path, { admin: flags.admin, facts, policy, drafts });
  const repair = flags.fix ? await repairNodes(paths, look, { facts, globals, dryRun: flags["dry-run"] }) : undefined;
  const findings: Finding[] = [];
  for (const path of paths) findings.push(await look(path, repair?.drafts));
  const shared = findShared(tree, await bootNodes(path, flags.admin));
  const left = findings.map(({ problems: found, ...rest }) => {
    const problems = [...found, ...shared.get(rest.path) ?? []];
    return { ...rest, problems: repair === undefined ? problems : problems.filter(repair.isLeft) };
  });
  const problems = left.flatMap(({ problems }) => problems);
  const fixable = repair === undefined &&
    left.some(({ path, problems }) => problems.some(({ fix }) => fix !== undefined && isWithin(fix.file, path)));
  return {
    kind: "Check",
    data: {
      nodes: left.map(({ path, problems, warnings }) => ({ path, ok: problems.length === 0, problems, warnings })),
      ...repair === undefined ? {} : { repair: repair.data },
    },
    text: (style) =>
      [
        ...repair?.lines(style) ?? [],
        findings.length === 0 ? `no node in ${escapeText(path)}` : findingsText(left, style),
        ...fixable ? [`${style.bold("hint:")} some of this can be fixed by --fix; --fix --dry-run shows how`] : [],
      ].join("\n"),
    warnings: [...tree.warnings, ...repair?.failures ?? []],
    exit: problems.length === 0 ? EXIT.success : EXIT.configuration,
  };
}

/** What is wrong with nodes only because of others, by their paths. */
function findShared({ nodes }: Tree, startable: readonly RedNode[]): ReadonlyMap<string, readonly Problem[]> {
  const loaded = [...eachNode(nodes)].flatMap(({ node }) => node === undefined ? [] : [node]);
  const found = new Map<string, Problem[]>();
  for (const [{ path }, problem] of findSharedIds(loaded)) found.set(path, [problem]);
  for (const [{ path }, problems] of bootOrder(startable).problems) {
    found.set(path, [...found.get(path) ?? [], ...problems]);
  }
  return found;
}

interface CheckOptions {
  readonly admin: boolean;
  readonly facts: Facts;
  readonly policy: HostPolicy | undefined;
  readonly drafts: Drafts | undefined;
}

/** Goes as far as a launch would go without touching anything, and collects what is in the way. */
async function checkNode(path: string, { admin, facts, policy, drafts }: CheckOptions): Promise<Finding> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const attempt = async <T>(step: () => T | Promise<T>, found: Problem[] = problems): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      found.push(...(error.problems.length > 0 ? error.problems : [error]).map(toProblem));
    }
  };
  const load = (compat: boolean) => loadFamily(path, { admin, compat, ...drafts && { drafts } });
  // What only redpak 2.5 accepts has been said then; what else is wrong can still be found.
  const family = await attempt(() => load(false)) ?? await attempt(() => load(true), []);
  if (family !== undefined) problems.push(...checkTrust(family, facts.uid, policy?.owners));
  const merged = family && await attempt(() => mergeFamily(family, { admin, facts }));
  if (family !== undefined && merged !== undefined) {
    problems.push(...findLoosenings(family, { admin, facts, merged }));
    problems.push(...policy?.violations(family, merged, { facts }) ?? []);
  }
  const plan = merged && await attempt(() => buildPlan(merged, { arguments: [], facts }));
  warnings.push(...plan?.warnings ?? merged?.warnings ?? []);
  return { path, problems, warnings };
}

function toProblem({ code, message, where, limit, hints, fix }: Problem): Problem {
  return { code, message, where, limit, hints, fix };
}

function findingsText(findings: readonly Finding[], style: Style): string {
  return findings.flatMap(({ path, problems, warnings }) => [
    `${escapeText(path)}: ${problems.length === 0 ? style.green("ok") : style.red(`${problems.length} problem(s)`)}`,
    ...problems.flatMap((problem) => problemLines(problem, style.red("error:"))),
    ...warnings.flatMap((warning) => problemLines(warning, style.yellow("warning:"))),
  ]).join("\n");
}

function problemLines({ message, where, hints }: Problem, label: string): string[] {
  return [
    `  ${label} ${escapeText(message)}`,
    ...where === undefined ? [] : [`    configured at ${escapeText(formatPosition(where))}`],
    ...(hints ?? []).map((hint) => `    hint: ${escapeText(hint)}`),
  ];
}
