import { CachedImage } from "../core/cached_image.ts";
import { RedpakError } from "../core/error.ts";
import { HOST } from "../packages/database/holders.ts";
import {
  type InstalledContent,
  installedContent,
  type InstalledHeaders,
} from "../packages/verification/installed_headers.ts";
import { isMount, NodeView } from "../proof/image/node_view.ts";
import { withMadeDirectories } from "../proof/image/with_made_directories.ts";
import type { Operation } from "../plan/operation.ts";
import { ElfCache, findLinkFaults } from "../proof/elf/find_link_faults.ts";
import { describeLinkFault } from "../proof/verify/describe_link_fault.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { KernelImage } from "./kernel_image.ts";
import { verifyFiles } from "./verify_files.ts";

/** Whose files are looked at. */
export interface CheckedImage {
  /** The directory that is `/` on the device, without symbolic links. */
  readonly root: string;
  /** Directories of all nodes on the device. */
  readonly nodes: readonly string[];
}

/** A node whose files are to be looked at, as it can be told to another thread. */
export interface CheckedNode {
  /** Its directory on the device; `HOST` for what is only there for the nodes. */
  readonly node: string;
  /** What its database says; absent where it has none that can be read. */
  readonly installed: InstalledHeaders | undefined;
  /** Nodes above that have packages, and `HOST`, the topmost first. */
  readonly ancestors: readonly string[];
  /** How its programs find their libraries; absent where nothing can be started in it, or that is not asked for. */
  readonly link: CheckedLinks | undefined;
}

export interface CheckedLinks {
  /** Those of its plan that make or mount something. */
  readonly operations: readonly Operation[];
  /** Directories of the node's LD_LIBRARY_PATH and PATH. */
  readonly libraryPath: readonly string[];
  readonly path: readonly string[];
  /** `EM_…` of machines whose programs the device runs. */
  readonly machines: readonly number[] | undefined;
}

/** What was found in the files of a node. */
export interface CheckedFiles {
  /** Programs that would not start. */
  readonly links: readonly Finding[];
  /** What is not as its packages have brought it, or comes from none. */
  readonly files: readonly Finding[];
  /** Why what the database says cannot be used. */
  readonly failure: RedpakError | undefined;
  /** How many files the node has. */
  readonly count: number;
}

/** Who looks at the files of nodes, parents before their children. */
export interface FileCheck extends Disposable {
  /** @throws {RedpakError} where something cannot be read */
  check(node: CheckedNode): Promise<CheckedFiles>;
  /** For who has asked for everything and has nothing else to do. */
  help(): void;
}

/** Looks at the files of nodes; what several of them see is read once. */
export class FileChecker implements FileCheck {
  readonly #directory: KernelImage;
  readonly #image: CachedImage;
  readonly #nodes: ReadonlySet<string>;
  /** Those that others are in, and the host: what the others have brought is wanted for them alone. */
  readonly #above: ReadonlySet<string>;
  /** What databases say, until it is asked for, and what it comes to. */
  readonly #headers = new Map<string, InstalledHeaders>();
  readonly #contents = new Map<string, InstalledContent>();
  readonly #failures = new Map<string, RedpakError>();
  readonly #files = new ElfCache();

  constructor({ root, nodes }: CheckedImage) {
    this.#directory = new KernelImage(root);
    this.#image = new CachedImage(this.#directory);
    this.#nodes = new Set(nodes);
    const above = nodes.filter((node) => nodes.some((other) => other.startsWith(`${node}/`)));
    this.#above = new Set([HOST, ...above]);
  }

  /** What is installed in a node can be asked for then, by those below it. */
  know({ node, installed }: CheckedNode): void {
    if (installed !== undefined && this.#above.has(node)) this.#headers.set(node, installed);
  }

  // deno-lint-ignore require-await -- what is thrown here is to be a rejection, as from another thread
  async check(request: CheckedNode): Promise<CheckedFiles> {
    const { node, installed, ancestors, link } = request;
    if (installed !== undefined && !this.#contents.has(node)) this.#headers.set(node, installed);
    this.#read(node);
    const failure = this.#failures.get(node);
    if (!this.#nodes.has(node)) return { links: [], files: [], failure, count: 0 };
    const { findings, count } = verifyFiles(node, ancestors.filter((other) => this.#read(other)), {
      image: this.#image,
      contents: this.#contents,
      nodes: this.#nodes,
      hasCapabilities: (path) => this.#directory.hasCapabilities(path),
      meet: (entry, content) => this.#files.read(entry, (at, length) => content.subarray(at, at + length)),
    });
    // Afterwards: what the dynamic linker would read of most files is known then.
    const links = link === undefined ? [] : this.#links(node, link);
    if (!this.#above.has(node)) this.#contents.delete(node);
    return { links, files: findings, failure, count };
  }

  /** Everything has been done when it was asked for. */
  help(): void {}

  /** @returns whether it is known what the packages of a node have brought */
  #read(node: string): boolean {
    const headers = this.#headers.get(node);
    if (headers === undefined) return this.#contents.has(node);
    this.#headers.delete(node);
    try {
      this.#contents.set(node, installedContent(headers));
      return true;
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      this.#failures.set(node, error);
      return false;
    }
  }

  #links(node: string, { operations, libraryPath, path, machines }: CheckedLinks): Finding[] {
    const image = withMadeDirectories(this.#image, operations);
    const others = [...this.#nodes].filter((other) => other.startsWith(`${node}/`));
    const view = new NodeView(image, operations);
    const faults = findLinkFaults({ image, view, own: [node], others, libraryPath, path, machines }, this.#files);
    return faults.map((fault) => describeLinkFault(node, fault));
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

/** What of a plan's operations decides about what a node's programs find. */
export function placing(operations: readonly Operation[]): Operation[] {
  return operations.filter((operation) => isMount(operation) || operation.operation === "ensure-directory");
}
