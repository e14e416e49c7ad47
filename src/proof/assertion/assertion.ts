import type { Position } from "../../core/error.ts";
import type { NodeAccess } from "./node_access.ts";
import type { VerbName } from "./verbs.ts";

/** A rule of a project about its nodes. */
export interface Assertion {
  /** As it was written. */
  readonly text: string;
  readonly where: Position;
  /** `no`: none of the nodes may; `every`: all of them can. */
  readonly quantifier: "no" | "every";
  readonly nodes: NodeSelection;
  readonly verb: VerbName;
  readonly object: string;
}

export interface NodeSelection {
  /** Aliases, or directories on the device; all nodes when absent. */
  readonly among?: readonly string[];
  /** A directory on the device that they are in. */
  readonly within?: string;
  /** Aliases, or directories on the device, that it is not about. */
  readonly but: readonly string[];
}

/** Whether a name, an alias or a directory, is the node's. */
export function isNamed({ node, alias }: Pick<NodeAccess, "node" | "alias">, name: string): boolean {
  return name.startsWith("/") ? name === node : name === alias;
}
