/** Nodes with content for the tests of this folder, and what there is in a tree. */
import { AT, AT_FDCWD, O, S } from "../../../ffi/libc/constants.ts";
import { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { type FileDetails, isDirectory, isRegularFile, isSymlink } from "../../../ffi/libc/file_status.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import { intercept, type Kernel } from "../../../ffi/libc/system_calls.ts";
import { lockNode } from "../../store/lock_node.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { Directory } from "./directory.ts";
import { openLockedContent, type TransactionContent, withState } from "./node_content.ts";

/** Flushing is left out: it takes long, and no test here cuts the power. */
export const kernel = intercept(
  libc(),
  (name, _, proceed) => name === "fsync" || name === "syncfs" ? 0 : proceed(),
);

/** Deno's own function asks for more permissions than these tests have. */
export function symlink(target: string, path: string): void {
  kernel.symlinkat(target, AT_FDCWD, path);
}

/** A directory for the nodes of one test. */
export class Scene implements Disposable {
  readonly path: string;

  constructor(directory?: string) {
    this.path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "redpak-test-", ...directory && { dir: directory } }));
  }

  /** A node with files; a name that ends with `/` is a directory, a content that begins with `-> ` the target of a link. */
  node(name: string, files: Readonly<Record<string, string>> = {}): string {
    const path = `${this.path}/${name}`;
    const all = { ".rednode.yaml": "status\n", "etc/redpak.yaml": "configuration\n", ...files };
    for (const [file, content] of Object.entries(all)) put(`${path}/${file}`, content);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Writes a file as package managers do: beside its place, then into it. */
export function put(path: string, content: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  if (path.endsWith("/")) return;
  const temporary = `${path};new`;
  if (content.startsWith("-> ")) symlink(content.slice(3), temporary);
  else Deno.writeTextFileSync(temporary, content);
  Deno.renameSync(temporary, path);
}

/** Runs something with a node that is locked and has a place for transactions. */
export async function withNode<T>(
  path: string,
  step: (content: TransactionContent) => T | Promise<T>,
  with_: Kernel = kernel,
): Promise<T> {
  using lock = lockNode(path);
  using opened = openLockedContent(with_, path, lock);
  using content = withState(opened);
  return await step(content);
}

/** Everything in a tree but redpak's own state, one line for each entry: what it is, whose, and what is in it. */
export function describeTree(path: string, ignored: readonly string[] = [STATE_DIRECTORY]): string[] {
  using root = Directory.at(kernel, path);
  const lines: string[] = [];
  const names = new Map<bigint, string>();
  const visit = (directory: Directory, prefix: string) => {
    for (const name of directory.list()) {
      const below = `${prefix}${name}`;
      if (ignored.includes(below)) continue;
      const details = directory.details(name);
      const { mode, uid, gid, modified, inode, links } = details;
      const same = isDirectory(details) || links === 1 ? undefined : names.get(inode);
      names.set(inode, below);
      // The time of a directory is that of the last change in it, also by whoever makes and removes something else.
      const time = isDirectory(details) ? "" : `${modified.seconds}.${modified.nanoseconds}`;
      lines.push(
        `${below} ${mode.toString(8)} ${uid}:${gid} ${time} ${contentOf(directory, name, details)}${
          same === undefined ? "" : ` is ${same}`
        }`,
      );
      if (!isDirectory(details)) continue;
      using entered = directory.open(name);
      visit(entered, `${below}/`);
    }
  };
  visit(root, "");
  return lines;
}

function contentOf(directory: Directory, name: string, details: FileDetails): string {
  if (isSymlink(details)) return `-> ${directory.readLink(name)}`;
  if (!isRegularFile(details)) return `${details.mode & S.IFMT}`;
  using file = directory.openFile(name, O.RDONLY);
  return JSON.stringify(readText(file));
}

function readText(file: Descriptor): string {
  const bytes = new Uint8Array(64 * 1024);
  const count = kernel.read(file.number, bytes, bytes.length);
  return new TextDecoder().decode(bytes.subarray(0, count));
}

/** Gives a file an extended attribute. */
export function setAttribute(path: string, name: string, value: string): void {
  using file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0));
  const bytes = new TextEncoder().encode(value);
  kernel.fsetxattr(file.number, name, bytes, bytes.length, 0);
}

export function readAttribute(path: string, name: string): string {
  using file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0));
  const buffer = new Uint8Array(256);
  return new TextDecoder().decode(buffer.subarray(0, kernel.fgetxattr(file.number, name, buffer, buffer.length)));
}

/** Changes the owner of anything, links included. */
export function chown(path: string, uid: number, gid: number): void {
  kernel.fchownat(AT_FDCWD, path, uid, gid, AT.SYMLINK_NOFOLLOW);
}

export const isRoot = kernel.geteuid() === 0;
