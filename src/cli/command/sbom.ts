import { standsOnHost } from "../../config/stands_on_host.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { jsonText } from "../../core/json_text.ts";
import { resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import { loadFamily } from "../../store/load_family.ts";
import { isNode } from "../../store/node_path.ts";
import { realDirectory } from "../../store/node_path.ts";
import { type Bill, holdersOf } from "../../view/bom/bill.ts";
import { type BilledNode, billOfMaterials } from "../bill_of_materials.ts";
import { imageNodes, standsOnHostIn } from "../image_nodes.ts";
import type { Invocation, Output } from "../invocation.ts";
import { forbidChangesBut, OutputFile } from "../output_file.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak sbom`. */
export async function sbom({ flags, operands, globals, environment }: Invocation<"sbom">): Promise<Output> {
  using file = flags.output === undefined ? undefined : new OutputFile(resolvePath(Deno.cwd(), flags.output));
  forbidChangesBut(file);
  const epoch = environment.SOURCE_DATE_EPOCH;
  const bill = billOfMaterials({ ...await chosen(operands, globals.root), epoch });
  const format = flags.format ?? "cyclonedx";
  const document = await writtenAs(format, bill);
  const text = jsonText(document, 2);
  file?.write(`${text}\n`);
  const holders = holdersOf(bill);
  const packages = holders.reduce((sum, holder) => sum + holder.packages.length, 0);
  const nodes = holders.filter(({ kind }) => kind === "node").map(({ path }) => path);
  return {
    kind: "BillOfMaterials",
    data: { subject: bill.subject.path, format, nodes, packages, file: file?.path ?? null, document },
    text: () => file === undefined ? text : `${packages} package(s) of ${nodes.length} node(s): ${file.path}`,
  };
}

/** What the operands mean: a node of this machine, an image, or a node of an image. */
async function chosen(
  [first = "", second]: readonly string[],
  root: string | undefined,
): Promise<{ readonly root: string; readonly nodes: readonly BilledNode[]; readonly node?: string }> {
  const directory = realDirectory(await resolveNode(first, root));
  if (second === undefined && isNode(directory)) {
    const family = await loadFamily(directory);
    const onHost = standsOnHost(family);
    const nodes = family.map(({ path, normal }) => ({
      path,
      directory: path,
      alias: normal.config.headers.alias,
      onHost,
    }));
    return { root: "/", nodes: nodes.reverse(), node: directory };
  }
  const { nodes } = await imageNodes(directory, { admin: false });
  // A node whose configuration is broken has packages all the same.
  const found = nodes.map((node): BilledNode => ({
    path: node.path,
    directory: node.directory,
    alias: "family" in node
      ? node.family[0].normal.config.headers.alias
      : node.path.slice(node.path.lastIndexOf("/") + 1),
    onHost: standsOnHostIn(nodes, node),
  }));
  if (second === undefined) return { root: directory, nodes: found };
  const [meant, ...others] = found.filter(({ path, alias }) => path === second || alias === second);
  if (meant !== undefined && others.length === 0) return { root: directory, nodes: found, node: meant.path };
  throw new RedpakError({
    code: meant === undefined ? "E_NODE_NOT_FOUND" : "E_ALIAS_AMBIGUOUS",
    exit: meant === undefined ? EXIT.notFound : EXIT.usage,
    message: `Cannot find node ${quote(second)} in ${quote(directory)}: ${
      meant === undefined ? "no node of the image has this path or alias" : "several nodes have this alias"
    }`,
    hints: meant === undefined
      ? [`redpak tree ${directory} lists them`]
      : [meant, ...others].map(({ path }) => `name it by its path: ${path}`),
  });
}

async function writtenAs(format: "cyclonedx" | "spdx", bill: Bill): Promise<object> {
  if (format === "spdx") return await import("../../view/bom/spdx.ts").then(({ spdx }) => spdx(bill));
  return await import("../../view/bom/cyclonedx.ts").then(({ cycloneDx }) => cycloneDx(bill));
}
