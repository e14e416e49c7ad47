import type { Facts } from "../../config/facts.ts";
import { mergeFamily } from "../../config/merge.ts";
import { formatPosition, type Problem, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { buildPlan } from "../../plan/build.ts";
import { findLoosenings } from "../../proof/find_loosenings.ts";
import { eachNode, findTree } from "../../store/find_tree.ts";
import { isNode, loadFamily } from "../../store/load_family.ts";
import { realDirectory } from "../../store/load_node.ts";
import { checkTrust } from "../../store/trust.ts";
import type { Style } from "../../view/style.ts";
import { gatherFacts } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

interface Finding {
  readonly path: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** `redpak check`: of a node, or of every node below a directory that is none. Exits 3 when something is wrong. */
export async function check({ flags, operands, globals, environment }: Invocation<"check">): Promise<Output> {
  const path = realDirectory(await resolveNode(operands[0] ?? "", globals.root));
  const facts = gatherFacts(environment);
  const tree = isNode(path) ? undefined : await findTree(path);
  const paths = tree === undefined ? [path] : [...eachNode(tree.nodes)].map((node) => node.path);
  const findings: Finding[] = [];
  for (const path of paths) findings.push(await checkNode(path, flags.admin, facts));
  const count = findings.flatMap(({ problems }) => problems).length;
  return {
    kind: "Check",
    data: {
      nodes: findings.map(({ path, problems, warnings }) => ({ path, ok: problems.length === 0, problems, warnings })),
    },
    text: (style) => findings.length === 0 ? `no node in ${escapeText(path)}` : findingsText(findings, style),
    warnings: tree?.warnings ?? [],
    exit: count === 0 ? EXIT.success : EXIT.configuration,
  };
}

/** Goes as far as a launch would go without touching anything, and collects what is in the way. */
async function checkNode(path: string, admin: boolean, facts: Facts): Promise<Finding> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const attempt = async <T>(step: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      problems.push(...(error.problems.length > 0 ? error.problems : [error]).map(toProblem));
    }
  };
  const family = await attempt(() => loadFamily(path, { admin }));
  if (family !== undefined) problems.push(...checkTrust(family, facts.uid));
  const merged = family && await attempt(() => mergeFamily(family, { admin, facts }));
  if (family !== undefined && merged !== undefined) problems.push(...findLoosenings(family, { admin, facts, merged }));
  const plan = merged && await attempt(() => buildPlan(merged, { arguments: [], facts }));
  warnings.push(...plan?.warnings ?? merged?.warnings ?? []);
  return { path, problems, warnings };
}

function toProblem({ code, message, where, hints }: Problem): Problem {
  return { code, message, where, hints };
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
