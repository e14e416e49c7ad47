import { type CheckId, CHECKS, IMAGE_CHECKS } from "../proof/verify/checks.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { formatPosition } from "../core/error.ts";
import { escapeMarkup } from "./markup.ts";

/** Findings as test results in JUnit's XML: each check of each node is a test; what is of no node is `/`'s. */
export function junitReport(findings: readonly Finding[], nodes: readonly string[]): string {
  const ids = [...new Set([...IMAGE_CHECKS, ...findings.map(({ check }) => check)])];
  const subjects = [...new Set([...nodes, ...findings.map(({ node }) => node)])];
  const suites = subjects.map((node) => {
    const cases = ids.map((id) => ({ id, found: findings.filter((one) => one.check === id && one.node === node) }));
    const failures = cases.filter(({ found }) => found.length > 0).length;
    return [
      `  <testsuite name="${escape(node)}" tests="${ids.length}" failures="${failures}">`,
      ...cases.flatMap(({ id, found }) => testCase(node, id, found)),
      "  </testsuite>",
    ].join("\n");
  });
  const failures = new Set(findings.map(({ node, check }) => `${check} ${node}`)).size;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="redpak verify" tests="${ids.length * subjects.length}" failures="${failures}">`,
    ...suites,
    "</testsuites>",
  ].join("\n");
}

function testCase(node: string, id: CheckId, found: readonly Finding[]): string[] {
  const open = `    <testcase classname="${escape(node)}" name="${id}: ${escape(CHECKS[id].title)}"`;
  if (found.length === 0) return [`${open}/>`];
  const text = found.map(({ message, where, hints }) =>
    [message, ...where === undefined ? [] : [`configured at ${formatPosition(where)}`], ...hints ?? []].join("\n")
  ).join("\n\n");
  return [
    `${open}>`,
    `      <failure message="${escape(found[0]!.message)}">${escape(text)}</failure>`,
    "    </testcase>",
  ];
}

/** What is invisible, or what a terminal acts on, is written by its number. */
function escape(text: string): string {
  return escapeMarkup(text)
    .replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `&#x${character.codePointAt(0)!.toString(16)};`);
}
