import { formatPosition } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { observeNode } from "../../launch/observe_node.ts";
import type { RunRecord } from "../../launch/run_record.ts";
import { type Drift, findDrift } from "../../proof/find_drift.ts";
import type { Finding } from "../../proof/verify/finding.ts";
import type { Style } from "../../view/style.ts";
import type { Invocation, Output } from "../invocation.ts";
import { runningNode } from "../running.ts";
import { usage } from "../split_words.ts";

/** `redpak audit`. */
export async function audit(invocation: Invocation<"audit">): Promise<Output> {
  const { kernel, node } = runningNode(invocation);
  const { id, plan } = node.record;
  // INVARIANT: before the node is observed, which has to be the last thing.
  const uncertified = await compareWithCertificate(node.record, invocation.flags);
  const drifts = findDrift(plan, observeNode(kernel, node));
  const isSame = drifts.length === 0 && uncertified.length === 0;
  return {
    kind: "Audit",
    data: { id, node: plan.node, drifts, uncertified: uncertified.map(({ node, message }) => ({ node, message })) },
    text: (style) =>
      isSame
        ? `${escapeText(id)} is as its plan says${
          invocation.flags.certificate === undefined ? "" : ", and as certified"
        }`
        : [
          ...uncertified.map(({ message }) => style.red(escapeText(message))),
          ...drifts.map((drift) => driftLines(drift, style)),
        ].join("\n"),
    exit: isSame ? EXIT.success : EXIT.failed,
  };
}

/** What a node was started with beside what was proven of it. */
async function compareWithCertificate(
  { node, admin, basis }: RunRecord,
  { certificate, "public-key": publicKey }: Invocation<"audit">["flags"],
): Promise<readonly Finding[]> {
  if (certificate === undefined && publicKey === undefined) return [];
  if (certificate === undefined || publicKey === undefined) {
    throw usage("Cannot compare with a certificate: --certificate and --public-key go together");
  }
  const { readCertificate } = await import("../certificate.ts");
  const { findUncertified } = await import("../hold_to_certificate.ts");
  const statement = await readCertificate(certificate, publicKey);
  if (basis !== undefined) return await findUncertified({ node, admin, basis }, statement);
  return [{
    check: "V-CERTIFICATE",
    severity: "error",
    node,
    code: "E_VERIFY_CERTIFICATE",
    message: `Node ${quote(node)} was started by a sealed launcher, which does not write down what it follows from`,
  }];
}

function driftLines({ subject, expected, found, where }: Drift, style: Style): string {
  return [
    `${style.red(escapeText(subject))}: expected ${escapeText(expected)}, found ${escapeText(found)}`,
    ...where === undefined ? [] : [`  configured at ${escapeText(formatPosition(where))}`],
  ].join("\n");
}
