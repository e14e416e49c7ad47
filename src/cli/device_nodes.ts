import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import type { Facts } from "../config/facts.ts";
import { DirectoryImage } from "../store/directory_image.ts";
import { refuseUntrusted } from "../store/trust.ts";
import type { Detachment } from "./detach_message.ts";
import { deviceFacts } from "./device_facts.ts";
import { type ImageNode, imageNodes, machineOf } from "./image_nodes.ts";
import { loadHostPolicy } from "./load_host_policy.ts";
import { decideLaunch } from "./prepare_launch.ts";
import type { Prepare } from "./seal_node.ts";

/** A node of a device, to be launched there. */
export interface DeviceNode {
  /** Its directory on the device. */
  readonly node: string;
  /** And here. */
  readonly directory: string;
  readonly prepare: Prepare;
}

/**
 * Nodes of a device, parents before their children.
 *
 * @param root the directory that is `/` there, without symbolic links
 * @param wanted path or alias of a node, or a directory of several; all nodes when absent
 * @throws {RedpakError} `E_NODE_NOT_FOUND`; as `imageNodes`
 */
export async function nodesOfDevice(
  root: string,
  wanted: string | undefined,
  { admin, detach, architecture, program }: {
    readonly admin: boolean;
    readonly detach?: Detachment | undefined;
    readonly architecture: string | undefined;
    readonly program: readonly string[];
  },
): Promise<readonly DeviceNode[]> {
  const { nodes } = await imageNodes(root, { admin });
  const chosen = wanted === undefined ? nodes : nodes.filter((node) => isMeant(node, wanted));
  if (chosen.length === 0) {
    throw new RedpakError({
      code: "E_NODE_NOT_FOUND",
      exit: EXIT.notFound,
      message: wanted === undefined
        ? `Cannot find a node in ${quote(root)}: there is none`
        : `Cannot find node ${quote(wanted)}: the image has none of this path or alias`,
      hints: [`redpak tree ${root} lists them`],
    });
  }
  // A few files: less than it takes to bind the system calls that would read them.
  const facts = deviceFacts(new DirectoryImage(root), architecture);
  return chosen.map((node) => {
    if ("error" in node) throw node.error;
    const prepare: Prepare = async (change) => {
      const changed: Facts = change({ ...facts, subordinateIds: undefined });
      const policy = await loadHostPolicy(changed, machineOf(root));
      // Who has unpacked the image is root on the device.
      refuseUntrusted(node.family, Deno.uid() ?? 0, policy?.owners);
      return decideLaunch({ family: node.family, facts: changed, policy }, { admin, detach, program, sealed: true });
    };
    return { node: node.path, directory: node.directory, prepare };
  });
}

function isMeant(node: ImageNode, wanted: string): boolean {
  if ("family" in node && node.family[0].normal.config.headers.alias === wanted) return true;
  return node.path === wanted;
}
