import { isWithin } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../verify/finding.ts";
import { type Assertion, isNamed } from "./assertion.ts";
import type { NodeAccess } from "./node_access.ts";
import { VERBS } from "./verbs.ts";

/** Finds nodes that are not as a rule says, and names in it that no node has: such a rule would prove nothing. */
export function findViolations(assertions: readonly Assertion[], nodes: readonly NodeAccess[]): Finding[] {
  return assertions.flatMap((assertion) => [
    ...findUnknown(assertion, nodes),
    ...nodes.filter((access) => isMeant(assertion, access)).flatMap((access) => violation(assertion, access) ?? []),
  ]);
}

function isMeant({ nodes: { among, within, but } }: Assertion, access: NodeAccess): boolean {
  return (among === undefined || among.some((name) => isNamed(access, name))) &&
    (within === undefined || isWithin(access.node, within)) && !but.some((name) => isNamed(access, name));
}

function violation({ text, where, quantifier, verb, object }: Assertion, access: NodeAccess): Finding | undefined {
  const { means, allows } = VERBS[verb];
  const how = means(access, object);
  const isBroken = quantifier === "no" ? how !== undefined : !allows(access, object);
  if (!isBroken) return undefined;
  return {
    check: "V-ASSERT",
    severity: "error",
    node: access.node,
    code: "E_VERIFY_ASSERTION",
    message: `Node ${quote(access.alias)} ${quantifier === "no" ? "may" : "may not"} ${verb} ${object}${
      quantifier === "no" ? `: ${how}` : ""
    }`,
    where,
    hints: [`the rule is: ${text}`, `redpak explain ${access.node} ${object} says what it comes from`],
  };
}

function findUnknown(
  { text, where, nodes: { among = [], but, within } }: Assertion,
  nodes: readonly NodeAccess[],
): Finding[] {
  const names = [...among, ...but].filter((name) => !nodes.some((access) => isNamed(access, name)));
  const empty = within !== undefined && !nodes.some(({ node }) => isWithin(node, within)) ? [within] : [];
  return [...names, ...empty].map((name): Finding => ({
    check: "V-ASSERT",
    severity: "error",
    node: nodes[0]?.node ?? "/",
    code: "E_VERIFY_ASSERTION_NODE",
    message: `There is no node ${quote(name)}, which a rule is about`,
    where,
    hints: [`the rule is: ${text}`],
  }));
}
