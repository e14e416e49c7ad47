import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { formatNevra } from "../../packages/database/installed_package.ts";
import { findDependents } from "../../packages/solve/find_dependents.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { packageFamily } from "../package_family.ts";

/** `redpak why`. */
export async function why({ operands, globals }: Invocation<"why">): Promise<Output> {
  const { family, installed, descendants } = await packageFamily(operands[0]!, globals.root);
  const word = operands[1]!;
  const found = findDependents(word, installed, descendants);
  if (found.length === 0) throw packageNotInstalled(word, family[0].path);
  return {
    kind: "Dependents",
    data: { node: family[0].path, packages: found },
    text: (style) =>
      found.flatMap(({ node, package: required, dependents }) => {
        const head = `${style.bold(escapeText(formatNevra(required)))} of ${escapeText(node)}`;
        if (dependents.length === 0) return [`${head} is required by nothing`];
        return [
          `${head} is required by`,
          ...tableLines(dependents.map((dependent) => [
            `  ${escapeText(formatNevra(dependent.package))}`,
            `of ${escapeText(dependent.node)}`,
            `for ${escapeText(dependent.requires)}`,
            ...dependent.alternatives.length === 0
              ? []
              : [`(or ${dependent.alternatives.map((other) => escapeText(formatNevra(other))).join(", ")})`],
          ])),
        ];
      }).join("\n"),
  };
}

/** The error for a word that means no installed package. */
export function packageNotInstalled(word: string, node: string): RedpakError {
  return new RedpakError({
    code: "E_PACKAGE_NOT_INSTALLED",
    exit: EXIT.notFound,
    message: `Cannot find package ${quote(word)}: neither ${quote(node)} nor an ancestor has it`,
    hints: [`redpak list ${node} --all`],
  });
}
