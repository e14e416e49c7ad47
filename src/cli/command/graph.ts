import configuration from "../../../deno.json" with { type: "json" };
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { resolvePath } from "../../core/path.ts";
import { findInhabitants } from "../../launch/node_processes.ts";
import { nodeUsage } from "../../launch/node_usage.ts";
import { isNode, nodesAbove } from "../../store/node_path.ts";
import { realDirectory } from "../../store/node_path.ts";
import type { Graph, GraphUsage } from "../../view/graph/graph.ts";
import { graphToHtml } from "../../view/graph/html.ts";
import { graphToSvg } from "../../view/graph/svg.ts";
import { startFileCheck } from "../file_check_worker.ts";
import { graphOf, type GraphSubject } from "../graph_data.ts";
import type { Invocation, Output } from "../invocation.ts";
import { forbidChangesBut, OutputFile } from "../output_file.ts";
import { resolveNode } from "../resolve_node.ts";
import { runningNodes } from "../running.ts";
import { usage } from "../split_words.ts";
import { verifyImage } from "../verify_image.ts";

/**
 * `redpak graph`: the nodes of an image, or the family of a node of this machine, as one file that is complete in itself. A
 * directory that is a node is one of this machine; any other is the root of an image, as for `redpak verify`.
 */
export async function graph(invocation: Invocation<"graph">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const { output } = flags;
  const format = flags.format ?? (output?.endsWith(".svg") ? "svg" : "html");
  if (output === undefined && !globals.json && Deno.stdout.isTerminal()) {
    throw usage("Cannot draw on a terminal: say where to", `-o nodes.${format}`);
  }
  using file = output === undefined ? undefined : new OutputFile(resolvePath(Deno.cwd(), output));
  forbidChangesBut(file);
  const directory = realDirectory(await resolveNode(operands[0] ?? "", globals.root));
  const node = isNode(directory) ? directory : null;
  const root = node === null ? directory : "/";
  const within = node === null ? undefined : nodesAbove(node)[0] ?? node;
  const image = await verifyImage(root, { ...flags, within, contents: true }, startFileCheck());
  if (image.nodes.length === 0) {
    throw new RedpakError({
      code: "E_NODE_NOT_FOUND",
      exit: EXIT.notFound,
      message: `Cannot draw "${root}": there is no node in it`,
      hints: [`redpak tree ${root} looks for nodes`],
    });
  }
  const data = graphOf(image, { root, node, live: root === "/" ? look(invocation) : undefined });
  const { warnings } = image;
  if (file === undefined) {
    const text = globals.json ? "" : await render(data, format);
    return { kind: "Graph", data, text: () => text.trimEnd(), warnings };
  }
  file.write(await render(data, format));
  return { kind: "Graph", data, text: () => `drew ${data.nodes.length} node(s): ${file.path}`, warnings };
}

async function render(data: Graph, format: "html" | "svg"): Promise<string> {
  return format === "svg" ? graphToSvg(data) : await graphToHtml(data, configuration.version);
}

/** What the caller's nodes use at this moment, by their directories. */
function look(invocation: Invocation<"graph">): GraphSubject["live"] {
  const { kernel, running } = runningNodes(invocation);
  const inhabitants = findInhabitants(kernel);
  const usages = running.nodes.map((node): readonly [string, GraphUsage] => [
    node.record.node,
    { id: node.record.id, ...nodeUsage(kernel, node, inhabitants) },
  ]);
  const byNode = Map.groupBy(usages, ([path]) => path);
  return {
    at: new Date().toISOString(),
    usages: new Map([...byNode].map(([path, list]) => [path, list.map(([, usage]) => usage)])),
  };
}
