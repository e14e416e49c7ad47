import { escapeText } from "../core/escape.ts";
import type { AccessedPath, NetworkAccess, NodeAccess } from "../proof/assertion/node_access.ts";
import { tableLines } from "./table.ts";

/** What each node can read, write, run and reach, one paragraph for each. */
export function isolationReport(nodes: readonly NodeAccess[]): string {
  return nodes.map((access) => [`${access.node} (${escapeText(access.alias)})`, ...tableLines(rows(access))].join("\n"))
    .join("\n\n");
}

function rows({ binds, devices, network, shared, capabilities, seccomp, isRoot }: NodeAccess): string[][] {
  const paths = (what: string, chosen: readonly AccessedPath[]) =>
    chosen.length === 0 ? [[`  ${what}`, "nothing"]] : chosen.map((bind, index) => [
      index === 0 ? `  ${what}` : "",
      bind.source === bind.destination
        ? escapeText(bind.source)
        : `${escapeText(bind.source)} at ${escapeText(bind.destination)}`,
    ]);
  return [
    ...paths("writes", binds.filter(({ write }) => write)),
    ...paths("reads", binds.filter(({ write }) => !write)),
    ["  devices", list(devices.map(({ path, access }) => `${path} (${access})`))],
    ["  network", networkText(network)],
    ["  shares", list(shared)],
    ["  capabilities", list(capabilities)],
    ["  system calls", seccomp === "none" ? "all" : `profile ${seccomp}`],
    ["  uid 0", isRoot ? "the device's root" : "an id of its own"],
  ];
}

function networkText({ kind, bind, connect }: NetworkAccess): string {
  if (kind === "own") return "its own, loopback only";
  const ports = (numbers: readonly number[] | null) => numbers === null ? "all ports" : list(numbers.map(String));
  return `${kind}: binds ${ports(bind)}, connects to ${ports(connect)}`;
}

function list(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.map(escapeText).join(", ");
}
