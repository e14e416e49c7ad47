import type { Nevra } from "./installed_package.ts";

/**
 * What tells whether a package is meant by a pattern with `*`, `?` and `[…]`: by its name, also with version, release and
 * architecture, as in `includepkgs` of dnf.conf(5). Letter case counts.
 */
export function packageMatcher(patterns: readonly string[]): (nevra: Nevra) => boolean {
  const literal = new Set(patterns.filter((pattern) => !/[*?[]/.test(pattern)));
  const globs = patterns.filter((pattern) => !literal.has(pattern)).map(globExpression);
  return (nevra) => spellings(nevra).some((text) => literal.has(text) || globs.some((glob) => glob.test(text)));
}

function spellings({ name, evr, arch }: Nevra): string[] {
  const vr = evr.replace(/^\d+:/, "");
  const epoch = evr === vr ? `0:${vr}` : evr;
  const version = vr.slice(0, vr.lastIndexOf("-"));
  return [
    name,
    `${name}.${arch}`,
    `${name}-${version}`,
    `${name}-${vr}`,
    `${name}-${vr}.${arch}`,
    `${name}-${epoch}`,
    `${name}-${epoch}.${arch}`,
  ];
}

function globExpression(pattern: string): RegExp {
  let expression = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    const end = character === "[" ? pattern.indexOf("]", at + 2) : -1;
    if (character === "*") expression += ".*";
    else if (character === "?") expression += ".";
    else if (end > 0) {
      const negated = "!^".includes(pattern[at + 1]!);
      const members = pattern.slice(at + (negated ? 2 : 1), end).replace(/[\\\]^[]/g, "\\$&");
      expression += `[${negated ? "^" : ""}${members}]`;
      at = end;
    } else expression += character.replace(/[\\^$.|+(){}[\]]/g, "\\$&");
  }
  return new RegExp(`^${expression}$`, "s");
}
