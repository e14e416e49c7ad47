import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import type { Operation } from "./operation.ts";

/**
 * Visible ASCII of at most 255 characters, the first no `-`; `/ ~ \\` and quotes are not allowed either
 * (Documentation/admin-guide/LSM/Smack.rst of the kernel).
 */
const LABEL = /^(?!-)[!-~]{1,255}$/;

/** What gives the node the Smack label of `smack`; nothing where no file asks for one. */
export function buildSmack(context: BuildContext): Operation[] {
  const { merged: { scalars: { smack } }, request } = context;
  if (smack === undefined) return [];
  const { value: label, where } = smack;
  const refusal = (code: string, reason: string, hint: string) => {
    context.problems.push({
      code,
      message: `Cannot apply the Smack label ${quote(label)}: ${reason}`,
      where,
      hints: [hint],
    });
  };
  if (!LABEL.test(label) || /[\/"'\\~]/.test(label)) {
    refusal(
      "E_LABEL_INVALID",
      "it is no label",
      "a label has 1 to 255 visible ASCII characters without / ~ \\ and quotes, and begins with no -",
    );
  }
  if (request.facts.uid !== 0) {
    refusal("E_NOT_PERMITTED", "only root can change its label", "run redpak as root, or leave the label out");
  }
  return [{ operation: "smack", phase: "host", origin: where, label }];
}
