import type { Architecture } from "../../config/facts.ts";
import { parentPath, resolvePath } from "../../core/path.ts";
import { replaceFile } from "../../store/durable.ts";
import { ioError } from "../../store/io_error.ts";
import { eachNode, findTree } from "../../store/find_tree.ts";
import { realDirectory } from "../../store/load_node.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";
import { sealNode } from "../seal_node.ts";
import { usage } from "../split_words.ts";

/** In the node's own directory, where its programs cannot write. */
const LAUNCHER = `${STATE_DIRECTORY}/launcher`;

interface Sealed {
  readonly node: string;
  readonly file: string;
  readonly architecture: Architecture;
  /** Bytes. */
  readonly size: number;
}

/** `redpak seal`: writes launchers, which start nodes without redpak. */
export async function seal(invocation: Invocation<"seal">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const [name = "", ...program] = operands;
  if (flags.all && (flags.output !== undefined || program.length > 0)) {
    throw usage("Cannot seal all nodes: --output and COMMAND are for a single one");
  }
  const nodes = flags.all
    ? [...eachNode((await findTree(realDirectory(name))).nodes)].map(({ path }) => path)
    : [realDirectory(await resolveNode(name, globals.root))];
  const launchers: [Sealed, Uint8Array][] = [];
  for (const node of nodes) launchers.push(await sealOne(node, program, invocation));
  // Nothing is written before all of them are there.
  if (!flags["dry-run"]) { for (const [{ file }, bytes] of launchers) write(file, bytes); }
  const sealed = launchers.map(([one]) => one);
  const done = flags["dry-run"] ? "would seal" : "sealed";
  return {
    kind: "Seal",
    data: { launchers: sealed },
    text: () => sealed.map(({ node, file, size }) => `${done} ${node}: ${file} (${size} bytes)`).join("\n"),
  };
}

async function sealOne(
  node: string,
  program: readonly string[],
  { flags, environment }: Invocation<"seal">,
): Promise<[Sealed, Uint8Array]> {
  const { admin, evaluate, certified } = flags;
  const architecture = flags.arch ?? Deno.build.arch;
  const file = resolvePath(Deno.cwd(), flags.output ?? `${node}/${LAUNCHER}`);
  const renew = flags.renew ? [Deno.execPath(), "reseal", file] : [];
  const { launcher } = await sealNode({
    ...{ path: node, admin, program, environment, evaluate, certified, renew, architecture },
  });
  return [{ node, file, architecture, size: launcher.length }, launcher];
}

/** In one step: who starts it meanwhile starts the old one or the new one. */
export function write(file: string, launcher: Uint8Array): void {
  const directory = parentPath(file);
  try {
    if (directory.endsWith(`/${STATE_DIRECTORY}`)) Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
    replaceFile(file, launcher, { mode: 0o755, uid: null, gid: null });
  } catch (error) {
    throw ioError("write", file, error);
  }
}
