import { libc } from "../../ffi/libc/libc.ts";
import { openContent } from "../packages/generation/node_content.ts";
import { type PackageTrust, type Privilege, PRIVILEGES } from "../packages/transaction/job.ts";
import type { Output } from "./invocation.ts";
import { namedPackages, trustOfNamed } from "./named_packages.ts";
import { nodeRepositories } from "./node_repositories.ts";
import { type Change, type ChangeFlags, describe, newlyAsked, readWorld, solve, tableText } from "./package_change.ts";
import type { Request } from "../packages/solve/request.ts";
import { readScriptTimeout } from "./read_script_timeout.ts";
import { readWait } from "./read_wait.ts";
import { usage } from "./split_words.ts";
import { type NodeInvocation, trustedNode } from "./trusted_node.ts";

/**
 * Changes the packages of the node that a command's first operand names: finds out what has to be done, shows it, asks,
 * and does it.
 *
 * @throws {RedpakError} `E_DEPENDENCIES` and `E_DESCENDANT_BROKEN` where it cannot be done; as `resolve`,
 * `downloadPackages` and `applyTransaction`
 */
export async function changePackages(
  action: Request["action"],
  invocation: NodeInvocation & { readonly flags: ChangeFlags },
): Promise<Output> {
  const { flags, globals, operands } = invocation;
  const wait = readWait(flags.wait);
  const allowed = readPrivileges(flags.allow);
  const scriptTimeout = readScriptTimeout(flags["script-timeout"]);
  const needsRepositories = action !== "remove" && action !== "autoremove";
  const repositories = needsRepositories ? await nodeRepositories(invocation) : undefined;
  const node = repositories ?? await trustedNode(invocation);
  const trust = action === "install" ? trustOfNamed(node, flags["no-gpgcheck"] === true) : NOBODY;
  const change: Change = {
    action,
    flags,
    globals,
    node,
    repositories,
    words: operands.slice(1),
    trust,
    allowed,
    scriptTimeout,
  };
  if (flags["dry-run"]) return await look(change);
  // What only looks does without the code that acts.
  const { carryOut } = await import("./carry_out_change.ts");
  return await carryOut(change, wait);
}

const NOBODY: PackageTrust = { keys: [], required: true };

function readPrivileges(text: string | undefined): Privilege[] {
  return (text ?? "").split(",").filter((word) => word !== "").map((word) => {
    const privilege = PRIVILEGES.find((each) => each === word);
    if (privilege !== undefined) return privilege;
    throw usage(`Cannot allow "${word}": expected ${PRIVILEGES.join(", ")}, with commas between them`);
  });
}

/** Says what would be done. Nothing is made, and nobody asked. */
async function look(change: Change): Promise<Output> {
  using content = openContent(libc(), change.node.node);
  using prepared = await readWorld(change, true);
  const named = await namedPackages(change.words, change.node, change.trust, true);
  const resolution = await solve(change, named, prepared, content);
  const marked = newlyAsked(change, resolution, content);
  return describe(change, resolution, prepared.warnings, (style) => tableText(change, resolution, marked, style));
}
