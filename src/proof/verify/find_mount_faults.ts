import type { Position } from "../../core/error.ts";
import { parentPath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import type { Operation } from "../../plan/operation.ts";
import { type Image, resolveInImage } from "../../core/image.ts";
import { isMount, NodeView } from "../image/node_view.ts";
import type { Finding } from "./finding.ts";

/**
 * Finds exports whose source is neither there nor made by the launch, and mounts for which there is no place and none can
 * be made.
 *
 * @param image with what the launch makes of it
 * @param node its directory on the device
 */
export function findMountFaults(image: Image, node: string, operations: readonly Operation[]): Finding[] {
  return operations.flatMap((operation, index): Finding[] => {
    if (!isMount(operation)) return [];
    const { destination, origin: where } = operation;
    const place = placeFault(image, operations.slice(0, index), operation);
    return [
      ...operation.operation === "bind" ? sourceFaults(image, node, operation) : [],
      ...place === undefined ? [] : [finding("V-PLACE", node, where, {
        code: "E_VERIFY_PLACE",
        message: `Cannot mount at ${quote(destination)}: ${place}`,
        hints: [`put an empty file or directory there, or export what is above it otherwise`],
      })],
    ];
  });
}

/** What there is on a device only while it runs, so that no image has it. */
const RUNTIME = /^\/(?:proc|sys|dev|run)(?:\/|$)/;

function sourceFaults(
  image: Image,
  node: string,
  { source, optional, isFile, origin }: Extract<Operation, { operation: "bind" }>,
): Finding[] {
  if (!("path" in source) || optional || RUNTIME.test(source.path)) return [];
  const found = resolveInImage(image, source.path);
  const reason = found === undefined
    ? "it is not there"
    : isFile && found.entry.kind === "directory"
    ? "it is a directory, and a file is expected"
    : undefined;
  if (reason === undefined) return [];
  return [finding("V-SOURCE", node, origin, {
    code: "E_VERIFY_SOURCE",
    path: source.path,
    message: `Cannot export ${quote(source.path)}: ${reason}`,
    hints: ["put it into the image, correct the path, or make the export optional"],
  })];
}

/** What is missing can be made in what is the node's own, but not in what is bound into it read-only. */
function placeFault(
  image: Image,
  before: readonly Operation[],
  { destination }: { readonly destination: string },
): string | undefined {
  const view = new NodeView(image, before.filter((operation) => operation.operation === "bind"));
  if (view.resolve(destination) !== undefined) return undefined;
  for (let above = parentPath(destination);; above = parentPath(above)) {
    const seen = view.resolve(above);
    if (seen === undefined && above !== "/") continue;
    if (seen?.source === undefined) return undefined;
    if (seen.kind !== "directory") return `${quote(above)} is no directory`;
    const bind = lastBind(before, above);
    return bind?.options.includes("ro") === true
      ? `${quote(above)} is exported read-only (from ${quote(seen.source)}), and has no such entry`
      : undefined;
  }
}

function lastBind(operations: readonly Operation[], path: string) {
  for (let at = path;; at = parentPath(at)) {
    const found = operations.findLast((operation) => "destination" in operation && operation.destination === at);
    if (found !== undefined) return found.operation === "bind" ? found : undefined;
    if (at === "/") return undefined;
  }
}

type Details = Pick<Finding, "code" | "message" | "hints" | "path">;

function finding(check: Finding["check"], node: string, where: Position | undefined, details: Details): Finding {
  return { check, severity: "error", node, where, ...details };
}
