import type { Finding } from "../proof/verify/finding.ts";
import { HOST } from "../packages/database/holders.ts";
import { FileChecker } from "./file_checker.ts";
import { type ImageNode, standsOnHostIn } from "./image_nodes.ts";
import { ImagePackages } from "./image_packages.ts";
import { finding } from "./verify_node.ts";

/**
 * What `verify` finds of the files of nodes, without proving anything else.
 *
 * @param root the directory that is `/` on the device, without symbolic links
 * @param architecture of the device, as uname(2) names it
 */
export async function verifyAllFiles(
  root: string,
  nodes: readonly ImageNode[],
  architecture: string,
): Promise<Finding[]> {
  const onHost = new Set(nodes.flatMap((node) => standsOnHostIn(nodes, node) ? [node.path] : []));
  using packages = new ImagePackages(architecture, { root, nodes: onHost });
  using checker = new FileChecker({ root, nodes: nodes.map(({ path }) => path) });
  const findings: Finding[] = [];
  const check = async (path: string, installed: ReturnType<typeof packages.readHost>) => {
    const ancestors = packages.ancestorsOf(path);
    const { files, failure } = await checker.check({ node: path, installed, ancestors, link: undefined });
    if (failure !== undefined) packages.fail(path, failure);
    findings.push(...files);
  };
  await check(HOST, packages.readHost());
  for (const node of nodes) await check(node.path, packages.readNode(node));
  return [...[...packages.failures].map(([path, failure]) => finding("V-REQUIRES", path, failure)), ...findings];
}
