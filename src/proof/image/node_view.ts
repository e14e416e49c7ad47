import { normalizePath } from "../../core/path.ts";
import type { Operation } from "../../plan/operation.ts";
import { type Image, type ImageEntry, LINKS_LIMIT, resolveInImage, scanImage } from "../../core/image.ts";

/** What a node finds at a path of its own. */
export interface Seen {
  /** Without links. */
  readonly path: string;
  /** Where it lies in the image; absent for what exists in the running node alone. */
  readonly source?: string;
  readonly kind: ImageEntry["kind"];
  readonly entry?: ImageEntry;
}

/** Operations that decide about what is at a place. */
type Mount = Extract<
  Operation,
  { operation: "bind" | "device" | "tmpfs" | "directory" | "symlink" | "file" | "devpts" | "procfs" | "mqueue" }
>;

const MOUNTS: readonly string[] = [
  "bind",
  "device",
  "tmpfs",
  "directory",
  "symlink",
  "file",
  "devpts",
  "procfs",
  "mqueue",
];

/** The file system of a node as its programs will see it, without there being one: its plan over an image. */
export class NodeView {
  /** By destination, in the order of the plan. */
  readonly #mounts = new Map<string, { readonly mount: Mount; readonly order: number }[]>();
  /** Directories that have to be there for what is mounted in them, and the last mount that they are there for. */
  readonly #implied = new Map<string, number>([["/", Infinity]]);
  readonly #resolved = new Map<string, Seen | undefined>();
  #count = 0;

  constructor(private readonly image: Image, operations: readonly Operation[]) {
    for (const operation of operations) if (isMount(operation)) this.add(operation);
  }

  /** What is mounted next. */
  add(mount: Mount): void {
    const order = this.#count++;
    const destination = normalizePath(mount.destination);
    this.#mounts.set(destination, [...this.#mounts.get(destination) ?? [], { mount, order }]);
    for (let at = destination; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      this.#implied.set(parentOf(at), order);
    }
    this.#resolved.clear();
  }

  /** What is mounted, from where, in the order of the plan. */
  *binds(): Generator<{ readonly source: string; readonly destination: string }> {
    for (const [destination, mounts] of this.#mounts) {
      const top = this.#top(destination);
      for (const { mount } of mounts) {
        if (mount !== top || mount.operation !== "bind" || !("path" in mount.source)) continue;
        yield { source: mount.source.path, destination };
      }
    }
  }

  /** Whether programs find themselves in /proc. */
  hasProcfs(): boolean {
    const mount = this.#top("/proc");
    return mount?.operation === "procfs" ||
      mount?.operation === "bind" && "path" in mount.source && mount.source.path === "/proc";
  }

  /** Follows all links, as open(2) does in the node; `undefined` where it would fail with ENOENT, ENOTDIR or ELOOP. */
  resolve(path: string): Seen | undefined {
    const known = this.#resolved.get(path);
    if (known !== undefined || this.#resolved.has(path)) return known;
    const seen = this.#find(path);
    this.#resolved.set(path, seen);
    return seen;
  }

  /** In the directory that it is in, which is known for most paths: the linker looks for many names in few of them. */
  #find(path: string): Seen | undefined {
    const cut = path.lastIndexOf("/");
    const name = path.slice(cut + 1);
    if (cut <= 0 || name === "" || name === "." || name === "..") return this.#walk(path);
    const directory = this.resolve(path.slice(0, cut));
    if (directory?.kind !== "directory") return undefined;
    const seen = this.child(directory, name);
    return seen?.kind === "link" ? this.#walk(path) : seen;
  }

  #walk(path: string): Seen | undefined {
    const trail: Seen[] = [this.#root()];
    const parts = path.split("/").reverse();
    for (let links = 0; parts.length > 0;) {
      const part = parts.pop()!;
      if (part === "" || part === ".") continue;
      const at = trail.at(-1)!;
      if (at.kind !== "directory") return undefined;
      if (part === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const next = this.child(at, part);
      if (next === undefined) return undefined;
      if (next.kind !== "link") {
        trail.push(next);
        continue;
      }
      const target = next.entry?.target ?? "";
      if (target === "" || ++links > LINKS_LIMIT) return undefined;
      if (target.startsWith("/")) trail.length = 1;
      parts.push(...target.split("/").reverse());
    }
    return trail.at(-1);
  }

  #root(): Seen {
    return this.#mounted("/") ?? { path: "/", kind: "directory" };
  }

  /** What the image has in a directory that was found, as the node sees it; links are not followed. */
  children(directory: Seen): Seen[] {
    const children: Seen[] = [];
    if (directory.source === undefined) return children;
    const [path, source] = [slashed(directory.path), slashed(directory.source)];
    const mayBeMounted = this.#implied.has(directory.path);
    for (const [name, entry] of scanImage(this.image, directory.source)) {
      const child = mayBeMounted
        ? this.child(directory, name)
        : { path: path + name, source: source + name, kind: entry.kind, entry };
      if (child !== undefined) children.push(child);
    }
    return children;
  }

  /** What has a name in a directory that was found; a link is not followed. */
  child(directory: Seen, name: string): Seen | undefined {
    const path = directory.path === "/" ? `/${name}` : `${directory.path}/${name}`;
    // Where nothing is mounted in a directory, nothing is at its entries.
    const mayBeMounted = this.#implied.has(directory.path);
    const mounted = mayBeMounted ? this.#mounted(path) : undefined;
    if (mounted !== undefined) return mounted;
    if (directory.source !== undefined) {
      const source = directory.source === "/" ? `/${name}` : `${directory.source}/${name}`;
      const entry = this.image.lookUp(source);
      if (entry !== undefined) return { path, source, kind: entry.kind, entry };
    }
    const order = mayBeMounted ? this.#implied.get(path) : undefined;
    return order === undefined || this.#isHidden(path, order) ? undefined : { path, kind: "directory" };
  }

  #mounted(path: string): Seen | undefined {
    const mount = this.#top(path);
    switch (mount?.operation) {
      case undefined:
        return undefined;
      case "bind": {
        if (!("path" in mount.source)) return { path, kind: "other" };
        const found = resolveInImage(this.image, mount.source.path);
        return found && { path, source: found.path, kind: found.entry.kind, entry: found.entry };
      }
      case "symlink": {
        const entry = { kind: "link", mode: 0o777, uid: 0, gid: 0, size: 0, target: mount.target } as const;
        return { path, kind: "link", entry };
      }
      case "file":
        return { path, kind: "file" };
      case "device":
        return { path, kind: "other" };
      default:
        return { path, kind: "directory" };
    }
  }

  /** Whether something was mounted over what a mount has put at a path. */
  #isHidden(path: string, since: number): boolean {
    for (let above = path; above !== "/";) {
      above = parentOf(above);
      if (this.#mounts.get(above)?.some(({ order }) => order > since)) return true;
    }
    return false;
  }

  /** The last one of a place, unless something was mounted over it later. */
  #top(path: string): Mount | undefined {
    const last = this.#mounts.get(path)?.at(-1);
    return last === undefined || this.#isHidden(path, last.order) ? undefined : last.mount;
  }
}

/** Whether an operation puts something at its destination. */
export function isMount(operation: Operation): operation is Mount {
  return MOUNTS.includes(operation.operation);
}

function slashed(path: string): string {
  return path === "/" ? path : `${path}/`;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
