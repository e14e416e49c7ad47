import { findSharedIds } from "../../config/id_range.ts";
import { formatPosition } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import type { ElfCache } from "../../proof/elf/find_link_faults.ts";
import { type Acceptance, applyBaseline, parseBaseline } from "../../proof/verify/baseline.ts";
import { type CheckId, CHECKS } from "../../proof/verify/checks.ts";
import { findViolations } from "../../proof/assertion/find_violations.ts";
import type { Assertion } from "../../proof/assertion/assertion.ts";
import { parseAssertions } from "../../proof/assertion/parse_assertions.ts";
import type { Finding } from "../../proof/verify/finding.ts";
import { DirectoryImage } from "../../store/directory_image.ts";
import { readNamedText } from "../../store/read_file.ts";
import { realDirectory } from "../../store/load_node.ts";
import { checkTrust } from "../../store/trust.ts";
import { isolationReport } from "../../view/isolation_report.ts";
import { junitReport } from "../../view/junit_report.ts";
import { sarifReport } from "../../view/sarif_report.ts";
import type { Style } from "../../view/style.ts";
import { deviceFacts } from "../device_facts.ts";
import { type ImageNode, imageNodes } from "../image_nodes.ts";
import type { Invocation, Output } from "../invocation.ts";
import { verifyFiles } from "../verify_files.ts";
import { finding, findingsOf, type VerifiedNode, verifyNode } from "../verify_node.ts";
import { verifyPackages } from "../verify_packages.ts";

/** `redpak verify`: of a whole image, offline and without changing anything. Exits 1 when something is not proven. */
export async function verify({ flags, operands }: Invocation<"verify">): Promise<Output> {
  const root = realDirectory(operands[0] ?? "");
  const image = new DirectoryImage(root);
  const facts = deviceFacts(image, flags.arch);
  const { nodes, warnings } = await imageNodes(root, { admin: flags.admin });
  const files: ElfCache = new Map();
  const options = { image, facts, admin: flags.admin, nodes: nodes.map(({ path }) => path), files };
  const assertions = readAssertions(flags);
  const verified = nodes.map((node): VerifiedNode =>
    "error" in node ? { findings: findingsOf("V-CONFIG", node.path, node.error) } : verifyNode(node.family, options)
  );
  const access = verified.flatMap((node) => node.access ?? []);
  const found = withoutRepetition([
    ...verified.flatMap((node) => node.findings),
    ...nodes.flatMap((node) => "error" in node ? [] : trustOf(node, Deno.uid() ?? 0)),
    ...findViolations(assertions, access),
    ...collisions(nodes),
    ...verifyPackages(nodes, facts.architecture),
    ...verifyFiles(image, nodes),
  ]);
  const { left: findings, accepted } = applyBaseline(found, readBaseline(flags), new Date().toISOString().slice(0, 10));
  const proven = findings.length === 0;
  const data = {
    root,
    proven,
    nodes: nodes.map(({ path }) => path),
    files: files.size,
    checks: Object.entries(CHECKS).map(([id, { title }]) => ({
      id,
      title,
      findings: findings.filter(({ check }) => check === id).length,
    })),
    findings: findings.map(withPlace),
    accepted: accepted.map(withPlace),
    access,
  };
  const report = flags.format === "sarif"
    ? () => sarifReport(findings, root)
    : flags.format === "junit"
    ? () => junitReport(findings, data.nodes)
    : flags.isolation
    ? () => isolationReport(access)
    : (style: Style) =>
      textReport({ nodes: nodes.length, files: files.size, accepted: accepted.length }, findings, style);
  return { kind: "Verification", data, text: report, warnings, exit: proven ? EXIT.success : EXIT.failed };
}

/** Rules of the command line, and of a file beside the image's source. */
function readAssertions({ assert, assertions }: Invocation<"verify">["flags"]): Assertion[] {
  return [
    ...assert === undefined ? [] : parseAssertions(assert, "--assert"),
    ...assertions === undefined ? [] : parseAssertions(readNamedText(assertions), assertions),
  ];
}

function readBaseline({ baseline }: Invocation<"verify">["flags"]): Acceptance[] {
  return baseline === undefined ? [] : parseBaseline(readNamedText(baseline), baseline);
}

function trustOf(node: Extract<ImageNode, { family: unknown }>, uid: number): Finding[] {
  return checkTrust([node.family[0]], uid).map((problem) => finding("V-TRUST", node.path, problem));
}

function collisions(nodes: readonly ImageNode[]): Finding[] {
  const loaded = nodes.flatMap((node) => "family" in node ? [node.family[0]] : []);
  const ids = [...findSharedIds(loaded)].map(([node, problem]) => finding("V-COLLISION", node.path, problem));
  const byAlias = Map.groupBy(loaded, ({ normal }) => normal.config.headers.alias);
  const aliases = [...byAlias].flatMap(([alias, [first, ...others]]) =>
    others.map((other) =>
      finding("V-COLLISION", other.path, {
        code: "E_VERIFY_ALIAS",
        message: `Cannot tell ${quote(other.path)} and ${quote(first!.path)} apart: both have the alias ${
          quote(alias)
        }`,
        where: other.normal.locate(["headers", "alias"]),
        hints: ["give each node an alias of its own"],
      })
    )
  );
  return [...ids, ...aliases];
}

/** What a node has from an ancestor is said of the ancestor, once. */
function withoutRepetition(findings: readonly Finding[]): Finding[] {
  const known = new Set<string>();
  return findings.filter(({ check, message, where }) => {
    if (where === undefined) return true;
    const key = `${check} ${formatPosition(where)} ${message}`;
    return !known.has(key) && known.add(key) !== undefined;
  });
}

function withPlace<T extends Finding>({ where, limit, ...rest }: T) {
  return { ...rest, where: where ?? null, limit: limit ?? null };
}

interface Counts {
  readonly nodes: number;
  readonly files: number;
  readonly accepted: number;
}

function textReport({ nodes, files, accepted }: Counts, findings: readonly Finding[], style: Style): string {
  const lines = (Object.keys(CHECKS) as CheckId[]).flatMap((id) => {
    const found = findings.filter(({ check }) => check === id);
    const verdict = found.length === 0 ? style.green("proven") : style.red(`${found.length} finding(s)`);
    return [
      `${id.padEnd(12)} ${verdict.padEnd(10)}  ${CHECKS[id].title}`,
      ...found.flatMap((each) => detail(each, style)),
    ];
  });
  const besides = accepted === 0 ? "" : `, ${accepted} finding(s) accepted`;
  const summary = findings.length === 0
    ? style.green(`Proven: ${nodes} node(s), ${files} file(s) looked at${besides}.`)
    : style.red(`Not proven: ${findings.length} finding(s) in ${nodes} node(s), ${files} file(s) looked at${besides}.`);
  return [...lines, "", summary].join("\n");
}

function detail({ severity, node, message, where, hints }: Finding, style: Style): string[] {
  const label = severity === "error" ? style.red("error:") : style.yellow("warning:");
  return [
    `  ${escapeText(node)}: ${label} ${escapeText(message)}`,
    ...where === undefined ? [] : [`    configured at ${escapeText(formatPosition(where))}`],
    ...(hints ?? []).map((hint) => `    hint: ${escapeText(hint)}`),
  ];
}
