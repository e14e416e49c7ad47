import type { CommandName } from "./commands.ts";
import { mayBePackage } from "./may_be_package.ts";
import type { Kind } from "./narrow.ts";

/**
 * What each command may do, in Deno's kinds of permission. Everything else is given up before its code is loaded.
 * `sys` is for the launching user's ids, the kernel's release and the size of the memory only.
 */
const NEEDS = {
  create: ["read", "write"],
  delete: ["read", "write", "ffi"],
  enable: ["read", "write"],
  disable: ["read", "write"],
  tree: ["read"],
  show: ["read", "sys"],
  check: ["read", "write", "sys", "ffi"],
  diff: ["read", "sys"],
  explain: ["read", "sys", "ffi"],
  plan: ["read", "sys"],
  run: ["read", "write", "sys", "ffi", "run"],
  verify: ["read", "sys", "ffi"],
  certify: ["read", "write", "sys", "ffi"],
  sbom: ["read", "write", "sys", "ffi"],
  graph: ["read", "write", "sys", "ffi"],
  seal: ["read", "write", "sys", "ffi", "run"],
  unit: ["read", "write", "sys"],
  reseal: ["read", "write", "sys", "ffi", "run"],
  ps: ["read", "ffi"],
  enter: ["read", "ffi"],
  stats: ["read", "ffi"],
  audit: ["read", "ffi"],
  stop: ["read", "ffi"],
  list: ["read", "write", "sys", "ffi", "net"],
  install: ["read", "write", "sys", "ffi", "net", "run"],
  remove: ["read", "write", "sys", "ffi", "run"],
  update: ["read", "write", "sys", "ffi", "net", "run"],
  downgrade: ["read", "write", "sys", "ffi", "net", "run"],
  reinstall: ["read", "write", "sys", "ffi", "net", "run"],
  autoremove: ["read", "write", "sys", "ffi", "run"],
  search: ["read", "write", "sys", "ffi", "net"],
  provides: ["read", "write", "sys", "ffi", "net"],
  download: ["read", "write", "sys", "ffi", "net"],
  info: ["read", "ffi"],
  why: ["read", "ffi"],
  history: ["read", "ffi"],
  undo: ["read", "write", "sys", "ffi", "run"],
  recover: ["read", "write", "ffi"],
  "repo list": ["read", "sys"],
  "repo add": ["read", "write", "sys", "ffi", "net"],
  "repo remove": ["read", "write", "sys"],
  "repo refresh": ["read", "write", "sys", "ffi", "net"],
  "keys list": ["read", "sys", "ffi"],
  "keys add": ["read", "write", "sys", "ffi", "net"],
  "keys remove": ["read", "write", "sys", "ffi"],
  "install-links": ["read", "write"],
  complete: ["read", "sys", "ffi"],
  completions: [],
  doctor: ["read", "sys", "run"],
  probe: ["read", "sys", "ffi"],
  transact: ["read", "sys", "ffi"],
  script: ["read", "write", "sys", "ffi", "run"],
  man: [],
  schema: [],
  help: [],
  version: [],
} as const satisfies Record<CommandName, readonly Kind[]>;

/** A command that only says what it would do, or what is wrong, holds nothing that could do it. */
const ACTING: readonly Kind[] = ["write", "ffi", "run", "net"];

/** What keeps ffi to look: at the state of transactions by open directories, which Deno does not have; at packages. */
const LOOKING_BY_FFI: readonly CommandName[] = [
  "undo",
  "recover",
  "install",
  "remove",
  "update",
  "downgrade",
  "reinstall",
  "autoremove",
  "certify",
  "keys remove",
  "seal",
];

/** What it takes to list what is installed; what repositories have may have to be downloaded. */
const LISTING: readonly Kind[] = ["read", "ffi"];

/** What it takes to go back where no packages of nodes inside have to be removed for it. */
const UNDOING: readonly Kind[] = ["read", "write", "ffi"];

/** @param flags the command's, by name */
export function needsOf(
  command: CommandName,
  flags: Readonly<Record<string, unknown>>,
  operands: readonly string[] = [],
): readonly Kind[] {
  if (command === "explain" && !mayBePackage(operands[1] ?? "")) return ["read", "sys"];
  if (command === "list" && flags.available !== true && flags.updates !== true) return LISTING;
  const needs: readonly Kind[] = command === "undo" && flags.cascade !== true ? UNDOING : NEEDS[command];
  if ((command === "sbom" || command === "graph" || command === "unit") && flags.output === undefined) {
    return needs.filter((kind) => kind !== "write");
  }
  const acts = flags["dry-run"] !== true && flags.fix !== false;
  const looks = (kind: Kind) => kind === "ffi" && LOOKING_BY_FFI.includes(command);
  return acts ? needs : needs.filter((kind) => !ACTING.includes(kind) || looks(kind));
}
