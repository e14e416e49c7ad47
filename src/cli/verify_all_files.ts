import { hasFileCapabilities } from "../../ffi/libc/file_capabilities.ts";
import { CachedImage } from "../core/cached_image.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { type ImageNode, standsOnHostIn } from "./image_nodes.ts";
import { ImagePackages } from "./image_packages.ts";
import { KernelImage } from "./kernel_image.ts";
import { verifyFiles } from "./verify_files.ts";
import { finding } from "./verify_node.ts";

/**
 * What `verify` finds of the files of nodes, without proving anything else.
 *
 * @param root the directory that is `/` on the device, without symbolic links
 * @param architecture of the device, as uname(2) names it
 */
export function verifyAllFiles(root: string, nodes: readonly ImageNode[], architecture: string): Finding[] {
  const directory = new KernelImage(root);
  const onHost = new Set(nodes.flatMap((node) => standsOnHostIn(nodes, node) ? [node.path] : []));
  using packages = new ImagePackages(nodes, architecture, { root, nodes: onHost });
  const request = {
    image: new CachedImage(directory),
    packages,
    nodes: new Set(nodes.map(({ path }) => path)),
    hasCapabilities: (path: string) => hasFileCapabilities(directory.pathOf(path)),
  };
  const failures = [...packages.failures].map(([path, failure]) => finding("V-REQUIRES", path, failure));
  return [...failures, ...nodes.flatMap(({ path }) => verifyFiles(path, request))];
}
