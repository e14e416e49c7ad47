import type { Image, ImageEntry } from "../core/image.ts";
import { RedpakError } from "../core/error.ts";
import { parentPath } from "../core/path.ts";
import type { ProgramQuestion } from "../packages/transaction/job.ts";
import { NodeView } from "../proof/image/node_view.ts";
import { withMadeDirectories } from "../proof/image/with_made_directories.ts";
import { entryKind } from "./entry_kind.ts";
import { KernelImage } from "./kernel_image.ts";
import { prepareLaunch } from "./prepare_launch.ts";

/**
 * Which of some programs a launch in admin mode would not find, when packages have brought their files.
 *
 * @returns those that are missing for certain: where that depends on a command of the configuration, or cannot be found
 * out, it shows when they are run
 */
export async function missingPrograms(
  { node, programs, brought }: ProgramQuestion,
  environment: Readonly<Record<string, string>>,
): Promise<string[]> {
  try {
    const launch = await prepareLaunch({ path: node, admin: true, program: [], environment, ownProcesses: true });
    const { operations, pending } = launch.plan();
    if (pending.length > 0) return [];
    using host = new KernelImage("/");
    const image = withMadeDirectories(withFiles(host, node, brought), operations);
    const view = new NodeView(image, operations);
    return programs.filter((program) => view.resolve(program) === undefined);
  } catch (error) {
    // A node that cannot be launched: the first script says why.
    if (error instanceof RedpakError) return [];
    throw error;
  }
}

/** An image as it is when packages have brought their files into a node. */
function withFiles(image: Image, node: string, files: ProgramQuestion["brought"]): Image {
  const entries = new Map<string, ImageEntry>();
  for (const { path, mode, target } of files) {
    const kind = entryKind(mode);
    const common = { mode: mode & 0o7777, uid: 0, gid: 0, size: 0 };
    entries.set(node + path, { ...common, kind, ...kind === "link" ? { target } : {} });
    for (let above = parentPath(path); above !== "/"; above = parentPath(above)) {
      if (!entries.has(node + above)) entries.set(node + above, { ...common, mode: 0o755, kind: "directory" });
    }
  }
  return {
    // What is there already stays what it is where a package would bring a directory: it can be a link to one.
    lookUp(path) {
      const entry = entries.get(path);
      return entry === undefined || entry.kind === "directory" ? image.lookUp(path) ?? entry : entry;
    },
    list: (path) => image.list(path),
    read: (path, offset, length) => image.read(path, offset, length),
  };
}
