import { quote } from "../../core/quote.ts";
import type { LinkFault } from "../elf/find_link_faults.ts";
import type { Finding } from "./finding.ts";

/** What a fault of a file means, in a node whose directory on the device is given. */
export function describeLinkFault(node: string, { kind, file, source, missing, neededBy, alone }: LinkFault): Finding {
  const { code, reason, hint } = REASONS[kind](missing);
  const by = neededBy === undefined ? "" : `, which ${quote(neededBy)} needs`;
  return {
    check: alone ? "V-LIBRARY" : "V-LINK",
    severity: alone ? "warning" : "error",
    node,
    path: source,
    code,
    message: `Cannot ${alone ? "load" : "run"} ${quote(file)} in the node: ${reason}${by}`,
    hints: [hint],
  };
}

const REASONS = {
  interpreter: (missing: string) => ({
    code: "E_VERIFY_INTERPRETER",
    reason: `its interpreter ${quote(missing)} is not there`,
    hint: "export the directory that it is in, or install what provides it",
  }),
  library: (missing: string) => ({
    code: "E_VERIFY_LIBRARY",
    reason: `it does not find the library ${quote(missing)}`,
    hint: "install what provides it in the node or an ancestor, or add its directory to ldpath and exports",
  }),
  version: (missing: string) => ({
    code: "E_VERIFY_VERSION",
    reason: `it needs version ${missing}, which is another one`,
    hint: "update the library, or let the node find another one first: ldpath",
  }),
  machine: (found: string) => ({
    code: "E_VERIFY_MACHINE",
    reason: `it is for another machine (${found})`,
    hint: "install the package for the device's architecture",
  }),
  damaged: (missing: string) => ({
    code: "E_VERIFY_DAMAGED",
    reason: `it is damaged: ${missing}`,
    hint: "install its package again",
  }),
} as const satisfies Record<LinkFault["kind"], unknown>;
