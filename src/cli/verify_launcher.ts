import type { Facts } from "../config/facts.ts";
import { mergeWithProblems } from "../config/merge.ts";
import type { RedNode } from "../config/node.ts";
import { disabledIn } from "../config/state.ts";
import { type Image, resolveInImage } from "../core/image.ts";
import { RedpakError } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { buildPlan } from "../plan/build.ts";
import { decodePlan } from "../plan/decode.ts";
import { encodePlan } from "../plan/encode.ts";
import { planToJson } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import { unsealPlan } from "../plan/seal_plan.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { LAUNCHER, parseLauncher, type SealedLauncher } from "./sealed_launcher.ts";

interface LauncherQuestion {
  readonly image: Image;
  readonly facts: Facts;
  readonly admin: boolean;
}

/** Others than its owner can write it. */
const WRITABLE = 0o022;

/** What is wrong with the launcher that a node has in its directory: it has to do what the configuration says now. */
export function verifyLauncher(family: readonly [RedNode, ...RedNode[]], question: LauncherQuestion): Finding[] {
  const node = family[0].path;
  const found = resolveInImage(question.image, `${node}/${LAUNCHER}`);
  if (found === undefined) return [];
  const { path, entry } = found;
  const finding = (code: string, message: string, hints: readonly string[]): Finding => ({
    ...{ check: "V-LAUNCHER", severity: "error", node, path, code, message, hints },
  });
  const again = `seal it again: redpak seal ${node}`;
  if (entry.kind !== "file") return [finding("E_LAUNCHER", `${quote(path)} is no launcher`, [again])];
  const findings = entry.uid === 0 && (entry.mode & WRITABLE) !== 0
    ? [finding("E_LAUNCHER_WRITABLE", `Others than its owner can write ${quote(path)}`, [`chmod go-w ${path}`])]
    : [];
  try {
    const launcher = parseLauncher(path, question.image.read(path, 0, entry.size));
    const reason = findDifference(family, launcher, question);
    return reason === undefined
      ? findings
      : [...findings, finding("E_LAUNCHER_STALE", `${quote(path)} ${reason}`, [again])];
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return [...findings, finding("E_LAUNCHER", error.message, [again])];
  }
}

/** Why a launcher does not do what a node's configuration says; undefined where it does, or where that depends on commands. */
function findDifference(
  family: readonly [RedNode, ...RedNode[]],
  { plan, sealed, architecture }: SealedLauncher,
  { facts, admin }: LauncherQuestion,
): string | undefined {
  const [leaf] = family;
  // One that looks at its files refuses to start.
  if (sealed.files.length === 0 && disabledIn(family).length > 0) return "starts a node that is disabled";
  if (architecture !== facts.architecture) return `is for ${architecture}, and the device is ${facts.architecture}`;
  if (plan.node !== leaf.path) return `starts ${quote(plan.node)}`;
  if (plan.admin !== admin) {
    return plan.admin
      ? "was sealed with the admin configuration: verify --admin"
      : "was sealed without the admin configuration";
  }
  const exec = plan.operations.find((operation) => operation.operation === "exec");
  // Both of the same kernel: what only a newer one has is in the launcher, or is not.
  const kernel = sealed.kernel === 0 ? "0.0" : `${sealed.kernel >>> 16}.${sealed.kernel & 0xffff}`;
  const moment: Facts = { ...facts, uid: sealed.uid, gid: sealed.gid, kernel, subordinateIds: undefined };
  const { merged } = mergeWithProblems(family, { admin, facts: moment });
  const now = buildPlan(merged, { arguments: exec?.arguments ?? [], facts: moment, sealed: true });
  if (now.pending.length > 0) return undefined;
  // As a launcher has it, in the order of the binary form.
  const expected = textsOf(decodePlan(encodePlan(now)));
  const actual = textsOf(plan);
  const index = expected.findIndex((text, index) => text !== actual[index]);
  if (index < 0 && expected.length === actual.length) return undefined;
  const operation = expected[index] === undefined ? undefined : now.operations[index];
  return `does not do what the configuration says: ${
    operation === undefined ? "it does more" : `its operation "${operation.operation}" is another`
  }`;
}

/** Operations without their origins, whose files have other names in an image. */
function textsOf(plan: Plan): string[] {
  const { operations } = planToJson(unsealPlan(plan, 0)) as { readonly operations: readonly Record<string, unknown>[] };
  return operations.map(({ origin: _, ...operation }) => JSON.stringify(operation));
}
