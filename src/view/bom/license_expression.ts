import exceptions from "spdx-exceptions" with { type: "json" };
import deprecated from "spdx-license-ids/deprecated" with { type: "json" };
import current from "spdx-license-ids" with { type: "json" };

const LICENSES: ReadonlySet<string> = new Set([...current, ...deprecated]);
const EXCEPTIONS: ReadonlySet<string> = new Set(exceptions);

/** Longer ones are no expressions that anybody has written. */
const LENGTH_LIMIT = 10_000;

/**
 * Whether a text is a licence expression of SPDX 2.3, Annex D: `MIT AND (GPL-2.0-only WITH Classpath-exception-2.0)`.
 * Packages say their licences in their distribution's words as well, `GPLv2+ and MIT`, and those are none.
 */
export function isLicenseExpression(text: string): boolean {
  if (text.length > LENGTH_LIMIT) return false;
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  let depth = 0;
  // One license after another, each behind opening parentheses and before closing ones, with AND or OR between them.
  for (;;) {
    while (words[at] === "(") [at, depth] = [at + 1, depth + 1];
    if (!isLicense(words[at])) return false;
    at++;
    if (words[at] === "WITH") {
      if (!EXCEPTIONS.has(words[at + 1] ?? "")) return false;
      at += 2;
    }
    while (words[at] === ")") [at, depth] = [at + 1, depth - 1];
    if (depth < 0) return false;
    if (at === words.length) return depth === 0;
    if (words[at] !== "AND" && words[at] !== "OR") return false;
    at++;
  }
}

function isLicense(word = ""): boolean {
  return LICENSES.has(word) || LICENSES.has(word.replace(/\+$/, "")) ||
    /^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/.test(word);
}
