import type { Position } from "../../core/error.ts";
import { STATUS_FILE } from "../../config/node_files.ts";
import { isWithin, parentPath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import type { Operation } from "../../plan/operation.ts";
import { type Image, type ImageLink, resolveInImage } from "../../core/image.ts";
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
  const view = new NodeView(image, []);
  return operations.flatMap((operation, index): Finding[] => {
    if (!isMount(operation)) return [];
    const { destination, origin: where } = operation;
    const place = placeFault(view, destination, operations.slice(0, index));
    if (operation.operation === "bind") view.add(operation);
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
  { source, optional, isFile, options, origin }: Extract<Operation, { operation: "bind" }>,
): Finding[] {
  if (!("path" in source) || RUNTIME.test(source.path)) return [];
  const links: ImageLink[] = [];
  const found = resolveInImage(image, source.path, (link) => links.push(link));
  const refusal = refusedLink(image, node, links, found?.path, !options.includes("ro"));
  if (refusal !== undefined) {
    return [finding("V-SOURCE", node, origin, {
      code: "E_VERIFY_SOURCE_LINK",
      path: source.path,
      message: `Cannot export ${quote(source.path)}: ${refusal}`,
      hints: ["name the directory that the link leads to"],
    })];
  }
  if (optional) return [];
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

/** Where the package database of a node is, from its var/lib/rpm. */
const DATABASE_LINK = "../../usr/lib/sysimage/rpm";

/** Why a launch would not follow a link: programs of a node may have made it. The same rules as `src/launch/host_source.ts`. */
function refusedLink(
  image: Image,
  node: string,
  links: readonly ImageLink[],
  found: string | undefined,
  isWritable: boolean,
): string | undefined {
  const followed = links.filter(({ path, target }) =>
    target !== DATABASE_LINK || !path.endsWith("/var/lib/rpm") ||
    image.lookUp(`${path.slice(0, -"/var/lib/rpm".length)}/${STATUS_FILE}`) === undefined
  );
  for (const { path, target } of followed) {
    if (!isWritable && !target.startsWith("/") && !target.split("/").includes("..")) continue;
    for (let above = parentPath(path); above !== "/"; above = parentPath(above)) {
      if (image.lookUp(`${above}/${STATUS_FILE}`) === undefined) continue;
      return `${quote(path)} is a link in the directory of a node, to ${
        quote(target)
      }, which its programs may have made`;
    }
  }
  return isWritable && followed.length > 0 && found !== undefined && (isWithin(found, node) || isWithin(node, found))
    ? `its path leads through a link to ${quote(found)}, where the node's own files are`
    : undefined;
}

/**
 * What is missing can be made in what is the node's own, but not in what is bound into it read-only.
 *
 * @param view what is bound so far
 */
function placeFault(view: NodeView, destination: string, before: readonly Operation[]): string | undefined {
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
