import { forbidChanges } from "../../host/forbid_changes.ts";
import { formatPosition } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { CHECKS, IMAGE_CHECKS } from "../../proof/verify/checks.ts";
import type { Finding } from "../../proof/verify/finding.ts";
import { realDirectory } from "../../store/node_path.ts";
import { isolationReport } from "../../view/isolation_report.ts";
import { junitReport } from "../../view/junit_report.ts";
import { sarifReport } from "../../view/sarif_report.ts";
import type { Style } from "../../view/style.ts";
import { findCertificateFaults } from "../certificate.ts";
import { startFileCheck } from "../file_check_worker.ts";
import type { Invocation, Output } from "../invocation.ts";
import { usage } from "../split_words.ts";
import { verifyImage } from "../verify_image.ts";

/** `redpak verify`: of a whole image, offline and without changing anything. Exits 1 when something is not proven. */
export async function verify({ flags, operands }: Invocation<"verify">): Promise<Output> {
  const root = realDirectory(operands[0] ?? "");
  // Before any library is asked about the image.
  forbidChanges();
  if (flags.certificate !== undefined) return await compareWithCertificate(root, flags);
  if (flags.files) throw usage("Cannot verify: --files belongs to --certificate; without it all files are looked at");
  const { left: findings, accepted, nodes, warnings, access, files } = await verifyImage(root, flags, startFileCheck());
  const proven = findings.length === 0;
  const paths = nodes.map(({ path }) => path);
  const data = {
    root,
    proven,
    nodes: paths,
    files,
    checks: IMAGE_CHECKS.map((id) => ({
      id,
      title: CHECKS[id].title,
      findings: findings.filter(({ check }) => check === id).length,
    })),
    findings: findings.map(withPlace),
    accepted: accepted.map(withPlace),
    access,
  };
  const report = flags.format === "sarif"
    ? () => sarifReport(findings, root)
    : flags.format === "junit"
    ? () => junitReport(findings, paths)
    : flags.isolation
    ? () => isolationReport(access)
    : (style: Style) => textReport({ nodes: nodes.length, files, accepted: accepted.length }, findings, style);
  return { kind: "Verification", data, text: report, warnings, exit: proven ? EXIT.success : EXIT.failed };
}

/** Whether what was proven is still so, without proving it again. */
async function compareWithCertificate(root: string, flags: Invocation<"verify">["flags"]): Promise<Output> {
  const { findings, statement } = await findCertificateFaults(root, flags);
  const proven = findings.length === 0;
  const { time, version, nodes } = statement.predicate;
  const data = { root, proven, time, version, nodes: nodes.map(({ path }) => path), findings: findings.map(withPlace) };
  const text = (style: Style) =>
    [
      ...findings.flatMap((each) => detail(each, style)),
      proven
        ? style.green(`As it was when it was proven, ${time}: ${nodes.length} node(s).`)
        : style.red(`Not as it was when it was proven, ${time}: ${findings.length} finding(s).`),
    ].join("\n");
  return { kind: "CertificateComparison", data, text, exit: proven ? EXIT.success : EXIT.failed };
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
  const lines = IMAGE_CHECKS.flatMap((id) => {
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
