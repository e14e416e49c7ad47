import type { Architecture } from "../../config/facts.ts";
import { type Problem, RedpakError } from "../../core/error.ts";
import { parentPath, resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import { ioError } from "../../store/io_error.ts";
import { eachNode, findTree } from "../../store/find_tree.ts";
import { realDirectory } from "../../store/node_path.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { writeOutputFile } from "../../store/write_output_file.ts";
import { readDetachment } from "../detach_message.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";
import { type Prepare, type SealedNode, sealNode } from "../seal_node.ts";
import { LAUNCHER } from "../sealed_launcher.ts";
import { usage } from "../split_words.ts";

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
  const places = flags.image === undefined
    ? await placesHere(name, flags.all, globals.root)
    : await placesInImage(flags.image, flags.all ? undefined : name, { ...flags, program });
  const launchers: [Sealed, Uint8Array][] = [];
  const warnings: Problem[] = [];
  for (const place of places) {
    try {
      const { sealed, launcher, warnings: found } = await sealOne(place, program, invocation);
      launchers.push([sealed, launcher]);
      warnings.push(...found);
    } catch (error) {
      if (!flags.all || !isDisabled(error)) throw error;
      const { where, hints } = error;
      warnings.push({
        code: "W_NOT_SEALED",
        message: `${quote(place.node)} is not sealed: it is disabled`,
        where,
        hints,
      });
    }
  }
  // Nothing is written before all of them are there.
  if (!flags["dry-run"]) { for (const [{ file }, bytes] of launchers) writeLauncher(file, bytes); }
  const sealed = launchers.map(([one]) => one);
  const done = flags["dry-run"] ? "would seal" : "sealed";
  return {
    kind: "Seal",
    data: { launchers: sealed },
    text: () => sealed.map(({ node, file, size }) => `${done} ${node}: ${file} (${size} bytes)`).join("\n"),
    warnings,
  };
}

/** A node, and where its directory is here. */
interface Place {
  readonly node: string;
  readonly directory: string;
  readonly prepare?: Prepare;
}

async function placesHere(name: string, all: boolean, root: string | undefined): Promise<readonly Place[]> {
  if (!all) {
    const node = realDirectory(await resolveNode(name, root));
    return [{ node, directory: node }];
  }
  return [...eachNode((await findTree(realDirectory(name))).nodes)].map(({ path }) => ({
    node: path,
    directory: path,
  }));
}

/** Nodes of a device, whose image is a directory here. @param wanted its path or alias on the device; all when absent */
async function placesInImage(
  image: string,
  wanted: string | undefined,
  { admin, arch, certified, program, ...flags }: Invocation<"seal">["flags"] & { readonly program: readonly string[] },
): Promise<readonly Place[]> {
  if (!certified) {
    throw usage(
      "Cannot seal nodes of an image: --certified is missing",
      "files have other inodes and times on the device, so a launcher has nothing there to compare",
    );
  }
  const { nodesOfDevice } = await import("../device_nodes.ts");
  return await nodesOfDevice(realDirectory(image), wanted, {
    admin,
    detach: readDetachment(flags, "text"),
    architecture: arch,
    program,
  });
}

async function sealOne(
  { node, directory, prepare }: Place,
  program: readonly string[],
  { flags, environment }: Invocation<"seal">,
): Promise<Pick<SealedNode, "launcher" | "warnings"> & { readonly sealed: Sealed }> {
  const { admin, evaluate, certified } = flags;
  const detach = readDetachment(flags, "text");
  const architecture = flags.arch ?? Deno.build.arch;
  const file = resolvePath(Deno.cwd(), flags.output ?? `${directory}/${LAUNCHER}`);
  const renew = flags.renew ? [Deno.execPath(), "reseal", file] : [];
  const request = { path: node, admin, detach, program, environment, evaluate, certified, renew, architecture };
  const { launcher, warnings } = await sealNode(request, prepare);
  return { sealed: { node, file, architecture, size: launcher.length }, launcher, warnings };
}

/** The node itself, or one that it is in. */
function isDisabled(error: unknown): error is RedpakError {
  return error instanceof RedpakError && error.code === "E_NODE_DISABLED";
}

/** In one step: who starts it meanwhile starts the old one or the new one. */
export function writeLauncher(file: string, launcher: Uint8Array): void {
  const directory = parentPath(file);
  try {
    if (directory.endsWith(`/${STATE_DIRECTORY}`)) Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw ioError("write", file, error);
  }
  writeOutputFile(file, launcher, 0o755);
}
