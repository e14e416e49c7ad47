import { AT } from "../../../ffi/libc/constants.ts";
import { type FileDetails, fileDetails, isDirectory, isRegularFile, isSymlink } from "../../../ffi/libc/file_status.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../../core/error.ts";
import { STATUS_FILE } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { momentOf } from "./clone_tree.ts";
import { copyAttributes } from "./copy_attributes.ts";
import { copyFile } from "./copy_file.ts";
import type { Directory } from "./directory.ts";
import { USR } from "./layout.ts";
import { type Owned, type Signature, signatureOf } from "./operation.ts";
import { isPathOfPackages } from "./record.ts";

/** What a path outside of `usr` was like when it was staged. */
export type Staged =
  | { readonly kind: "directory"; readonly original: Owned }
  | { readonly kind: "file"; readonly original: Signature; readonly staged: string };

/** By path, relative to the node, without links. */
export type StagedPaths = ReadonlyMap<string, Staged>;

export interface StageOptions {
  /** Path of the node, for messages. */
  readonly node: string;
  /** Absolute as in the node: what exists of them is staged, with what leads there. */
  readonly paths: Iterable<string>;
  /** Directories among `paths` that are replaced as one, with everything that is in them: they are not staged. */
  readonly replaced?: readonly string[];
  /** Whether a file may be written to in place, and so has to be copied. */
  readonly isWritten: (path: string) => boolean;
  /** Whether every file is copied. */
  readonly copies?: boolean;
}

/** As many links as the kernel follows, path_resolution(7). */
const MAX_LINKS = 40;

/**
 * Puts what a package manager may touch outside of `usr` into the root directory that it is going to see: the files that
 * are listed, the directories above them, and the links that lead there.
 *
 * @param from the node
 * @param to the root directory, in which `usr` is already
 * @throws {RedpakError} `E_PROTECTED` for what decides about the node; `E_NODE_INSIDE`, `E_MOUNTED` for what is not of it
 */
export function stagePaths(from: Directory, to: Directory, options: StageOptions): StagedPaths {
  const stager = new PathStager(from, to, options);
  for (const path of options.paths) {
    attempt("stage", `${options.node}/${componentsOf(path).join("/")}`, () => stager.stage(path));
  }
  return stager.staged;
}

/** A directory that was walked to, on both sides. */
interface Step {
  readonly name: string;
  readonly from: Directory;
  readonly to: Directory;
}

class PathStager {
  readonly staged = new Map<string, Staged>();
  readonly #device: string;
  /** Directories in `usr` that no link leads out of: most of what is listed is in them, and needs no walk. */
  readonly #plain = new Set<string>();
  /** Directories that are not there: there is nothing to be staged in them. */
  readonly #missing = new Set<string>();

  constructor(readonly from: Directory, readonly to: Directory, readonly options: StageOptions) {
    this.#device = from.ownDetails().device;
  }

  stage(path: string): void {
    const components = componentsOf(path);
    const directory = components.slice(0, -1).join("/");
    if (this.#missing.has(directory)) return;
    if (this.#plain.has(directory) && !this.#isLink(components.join("/"))) return;
    if (this.#walk(components) === 0 && components[0] === USR) this.#plain.add(directory);
  }

  #isLink(path: string): boolean {
    try {
      return isSymlink(fileDetails(this.from.kernel, this.from.number, path));
    } catch (error) {
      // A package lists what is to be a directory, where a file is in its place.
      if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
      throw error;
    }
  }

  /** @returns how many links were on the way */
  #walk(components: readonly string[]): number {
    const pending = [...components];
    let steps: Step[] = [];
    let links = 0;
    try {
      for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
        if (name === "..") {
          close(steps.splice(-1));
          continue;
        }
        const { from, to } = steps.at(-1) ?? this;
        const path = [...steps.map((step) => step.name), name].join("/");
        const details = from.findDetails(name);
        if (details === undefined) {
          if (pending.length > 0 && links === 0) this.#missing.add(components.slice(0, -1).join("/"));
          break;
        }
        if (isSymlink(details)) {
          this.#stageEntry(from, to, name, path, details);
          // A loop of links leads nowhere, as one to what is not there.
          if (++links > MAX_LINKS) break;
          const target = from.readLink(name);
          pending.unshift(...componentsOf(target));
          if (target.startsWith("/")) close(steps.splice(0));
        } else if (isDirectory(details) && this.options.replaced?.includes(path)) {
          this.#refuse(path, details);
          this.staged.set(path, { kind: "file", original: signatureOf(details), staged: "" });
          break;
        } else if (isDirectory(details)) {
          steps = [...steps, this.#enter(from, to, name, path, details)];
        } else {
          if (pending.length === 0) this.#stageEntry(from, to, name, path, details);
          break;
        }
      }
    } finally {
      close(steps);
    }
    return links;
  }

  #enter(from: Directory, to: Directory, name: string, path: string, details: FileDetails): Step {
    const opened = from.open(name);
    try {
      if (isInUsr(path)) return { name, from: opened, to: to.open(name) };
      this.#refuse(path, details);
      if (opened.findDetails(STATUS_FILE) !== undefined) {
        throw this.#refusal(path, "E_NODE_INSIDE", "it is a node of its own");
      }
      if (this.staged.has(path)) return { name, from: opened, to: to.open(name) };
      const made = to.make(name);
      copyAttributes(from.kernel, opened.number, opened.ownDetails(), made.number);
      const { uid, gid, mode } = details;
      this.staged.set(path, { kind: "directory", original: { uid, gid, mode: mode & 0o7777 } });
      return { name, from: opened, to: made };
    } catch (error) {
      opened[Symbol.dispose]();
      throw error;
    }
  }

  #stageEntry(from: Directory, to: Directory, name: string, path: string, details: FileDetails): void {
    if (isInUsr(path) || this.staged.has(path)) return;
    this.#refuse(path, details);
    const isCopied = isSymlink(details) ||
      isRegularFile(details) && (this.options.copies === true || this.options.isWritten(path));
    if (isSymlink(details)) copyLink(from, to, name, details);
    else if (isCopied) copyFile({ directory: from, name, details }, to, name);
    else from.link(name, to, name);
    const { changed, ...original } = signatureOf(details);
    this.staged.set(path, {
      kind: "file",
      // To get and to lose a second name is a change of the file, and one of ours.
      original: { ...original, ...isCopied && { changed } },
      staged: stateOf(to.details(name)),
    });
  }

  #refuse(path: string, { device, isMounted }: FileDetails): void {
    if (!isPathOfPackages(path)) {
      throw this.#refusal(path, "E_PROTECTED", "it decides about the node, and packages must not");
    }
    if (device !== this.#device || isMounted) {
      throw this.#refusal(
        path,
        "E_MOUNTED",
        "it is on another file system than the node, so it cannot be switched with it",
      );
    }
  }

  #refusal(path: string, code: string, reason: string): RedpakError {
    return new RedpakError({ code, message: `Cannot change "${this.options.node}/${path}": ${reason}` });
  }
}

/** What a staged file is, to be compared with what has become of it. */
export function stateOf(details: FileDetails): string {
  return `${details.inode} ${details.uid}:${details.gid} ${details.mode} ${momentOf(details)}`;
}

/** A link of its own: whoever changes its owner must not change that of the original. */
function copyLink(from: Directory, to: Directory, name: string, details: FileDetails): void {
  const { kernel } = from;
  kernel.symlinkat(from.readLink(name), to.number, name);
  kernel.fchownat(to.number, name, details.uid, details.gid, AT.SYMLINK_NOFOLLOW);
}

const isInUsr = (path: string): boolean => path === USR || path.startsWith(`${USR}/`);

function close(steps: readonly Step[]): void {
  for (const { from, to } of steps) {
    from[Symbol.dispose]();
    to[Symbol.dispose]();
  }
}

function componentsOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
