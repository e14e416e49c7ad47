import { didYouMean } from "../../core/did_you_mean.ts";
import { type Position, type Problem, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { type CheckId, CHECKS } from "./checks.ts";
import type { Finding } from "./finding.ts";

/** Findings that somebody has accepted, for a time and a reason. */
export interface Acceptance {
  readonly check: CheckId;
  /** Directory of the node on the device. */
  readonly node: string;
  /** A path on the device, a package or the code of the finding; any when absent. */
  readonly subject?: string;
  /** The last day on which it counts, `YYYY-MM-DD`. */
  readonly until: string;
  readonly reason: string;
  readonly where: Position;
}

/** What a line of a baseline looks like, for messages. */
const FORM = "CHECK NODE [PATH|PACKAGE|CODE] until YYYY-MM-DD: REASON";

/**
 * Reads acceptances, one in each line; empty lines and those that begin with `#` do not count.
 *
 * @throws {RedpakError} `E_BASELINE` with every line that is none
 */
export function parseBaseline(text: string, file: string): Acceptance[] {
  const problems: Problem[] = [];
  const acceptances = text.split("\n").flatMap((line, index): Acceptance[] => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    const where = { file, line: index + 1, column: line.search(/\S/) + 1 };
    const match = /^\s*(\S+)\s+(\/\S*)(?:\s+(\S+))?\s+until\s+(\d{4}-\d\d-\d\d):\s*(\S.*?)\s*$/.exec(line);
    const problem = match === null ? "it has another form" : problemOf(match[1]!, match[4]!);
    if (match === null || problem !== undefined) {
      const meant = match === null ? undefined : didYouMean(match[1]!, Object.keys(CHECKS));
      const hints = [`a line is: ${FORM}`, ...meant === undefined ? [] : [`did you mean ${meant}?`]];
      problems.push({ code: "E_BASELINE", message: `Cannot read the line of the baseline: ${problem}`, where, hints });
      return [];
    }
    const [, check, node, subject, until, reason] = match as unknown as string[];
    return [{
      check: check as CheckId,
      node: node!,
      until: until!,
      reason: reason!,
      where,
      ...subject === undefined ? {} : { subject },
    }];
  });
  const [first] = problems;
  if (first === undefined) return acceptances;
  throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
}

function problemOf(check: string, until: string): string | undefined {
  if (!Object.hasOwn(CHECKS, check)) return `${quote(check)} is no check`;
  const day = new Date(`${until}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== until ? `${until} is no day` : undefined;
}

/** A finding that somebody has accepted. */
export interface AcceptedFinding extends Finding {
  /** Why it is accepted. */
  readonly reason: string;
  /** The last day on which it is, `YYYY-MM-DD`. */
  readonly until: string;
}

/** Findings with what has been accepted of them. */
export interface Judged {
  readonly left: readonly Finding[];
  readonly accepted: readonly AcceptedFinding[];
}

/**
 * Takes out what has been accepted. An acceptance that has expired, or that is for nothing, is a finding itself: what it
 * stood for could come back unnoticed.
 *
 * @param today `YYYY-MM-DD`, in UTC
 */
export function applyBaseline(findings: readonly Finding[], acceptances: readonly Acceptance[], today: string): Judged {
  const current = acceptances.filter(({ until }) => until >= today);
  const used = new Set<Acceptance>();
  const left: Finding[] = [];
  const accepted: AcceptedFinding[] = [];
  for (const finding of findings) {
    const acceptance = current.find((one) => accepts(one, finding));
    if (acceptance === undefined) {
      left.push(finding);
      continue;
    }
    used.add(acceptance);
    accepted.push({ ...finding, reason: acceptance.reason, until: acceptance.until });
  }
  const stale = acceptances.filter((one) => !used.has(one)).map((one): Finding => ({
    check: one.check,
    severity: "warning",
    node: one.node,
    code: "W_VERIFY_BASELINE",
    message: one.until < today
      ? `The baseline accepts this until ${one.until} only: ${one.reason}`
      : `The baseline accepts what is not found: ${one.reason}`,
    where: one.where,
    hints: [one.until < today ? "mend it, or accept it anew" : "remove the line"],
  }));
  return { left: [...left, ...stale], accepted };
}

function accepts({ check, node, subject }: Acceptance, finding: Finding): boolean {
  return check === finding.check && node === finding.node &&
    (subject === undefined || [finding.path, finding.package, finding.code].includes(subject));
}
