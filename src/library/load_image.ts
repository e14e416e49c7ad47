import type { Architecture, Facts } from "../config/facts.ts";
import { mergeFamily } from "../config/merge.ts";
import { type MergedDocument, toConfig } from "../config/merged_document.ts";
import type { Family } from "../config/node.ts";
import { CachedImage } from "../core/cached_image.ts";
import type { Problem, RedpakError } from "../core/error.ts";
import { buildPlan } from "../plan/build.ts";
import { DirectoryImage } from "../store/directory_image.ts";
import { realDirectory } from "../store/node_path.ts";
import { deviceFacts } from "../cli/device_facts.ts";
import { imageNodes } from "../cli/image_nodes.ts";
import { type LaunchPlan, launchPlan } from "./launch_plan.ts";

/** How an image is looked at. */
export interface ImageOptions {
  /** Admin mode: the nodes' admin files count, as with `redpak run --admin`. Not by default. */
  readonly admin?: boolean | undefined;
  /** Machine of the device; the one that the kernel modules of the image or this machine are for by default. */
  readonly architecture?: Architecture | undefined;
}

/** The nodes of a root file system. */
export interface LoadedImage {
  /** The directory that is `/` on the device, without symbolic links. */
  readonly root: string;
  /** Parents before their children. */
  readonly nodes: readonly ImageNode[];
  /** Directories that could not be looked into: there may be more nodes. */
  readonly warnings: readonly Problem[];
}

/** A node of an image. */
export interface ImageNode {
  /** Its directory on the device. */
  readonly path: string;
  /** Its directory here. */
  readonly directory: string;
  /** What the configuration calls it; absent where that cannot be read. */
  readonly alias: string | undefined;
  /** Why its files, or those of a node above it, cannot be read. */
  readonly error: RedpakError | undefined;
  /**
   * The one configuration that its files and those of its ancestors come to, each value with its place.
   *
   * @throws {RedpakError} `E_MERGE` with all that is wrong in `problems`; what `error` says
   */
  merge(): MergedDocument;
  /**
   * Everything that a launch by root would do on the device. Nothing is done.
   *
   * @param command the program and its arguments; the node's shell by default
   * @throws {RedpakError} as `merge`, and where the configuration cannot be launched
   */
  plan(command?: readonly string[]): LaunchPlan;
}

/**
 * Reads the nodes of a root file system: their configurations, not yet their packages. A node that cannot be read is among
 * them, with the reason.
 *
 * @param directory what is `/` on the device: an unpacked image, a sysroot, or `/`
 * @throws {RedpakError} where it is no directory
 */
export async function loadImage(directory: string, options: ImageOptions = {}): Promise<LoadedImage> {
  const { admin = false, architecture } = options;
  const root = realDirectory(directory);
  // Who only loads an image need not allow programs to call C.
  const facts = deviceFacts(new CachedImage(new DirectoryImage(root)), architecture);
  const { nodes, warnings } = await imageNodes(root, { admin });
  return {
    root,
    nodes: nodes.map((node) => {
      const { path, directory } = node;
      return "error" in node
        ? {
          path,
          directory,
          alias: undefined,
          error: node.error,
          merge: thrower(node.error),
          plan: thrower(node.error),
        }
        : { path, directory, error: undefined, ...readable(node.family, admin, facts) };
    }),
    warnings,
  };
}

function readable(family: Family, admin: boolean, facts: Facts): Pick<ImageNode, "alias" | "merge" | "plan"> {
  const merged = () => mergeFamily(family, { admin, facts });
  return {
    alias: family[0].normal.config.headers.alias,
    merge: () => toConfig(merged()),
    plan: (command = []) => launchPlan(buildPlan(merged(), { arguments: command, facts })),
  };
}

function thrower(error: RedpakError): () => never {
  return () => {
    throw error;
  };
}
