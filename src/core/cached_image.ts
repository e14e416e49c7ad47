import type { Image, ImageEntry } from "./image.ts";
import { baseName, parentPath } from "./path.ts";

/** Files up to this size are kept, in bytes, and so many bytes of them in all: what is read for one check, another wants. */
const [FILE_LIMIT, LIMIT] = [2 ** 17, 2 ** 26];

/** An image that does not change while it is looked at: everything of it is asked for once. */
export class CachedImage implements Image {
  readonly #entries = new Map<string, ImageEntry | undefined>();
  readonly #lists = new Map<string, ReadonlySet<string>>();
  /** The first one in is the first one out. */
  readonly #contents = new Map<string, Uint8Array>();
  #size = 0;

  constructor(private readonly image: Image) {}

  lookUp(path: string): ImageEntry | undefined {
    let entry = this.#entries.get(path);
    if (entry === undefined && !this.#entries.has(path)) {
      // The linker looks for each library in many directories: what is not there is known from their lists.
      const names = this.#lists.get(parentPath(path));
      if (names !== undefined && path !== "/" && !names.has(baseName(path))) return undefined;
      entry = this.image.lookUp(path);
      this.#entries.set(path, entry);
    }
    return entry;
  }

  list(path: string): Iterable<string> {
    let names = this.#lists.get(path);
    if (names === undefined) this.#lists.set(path, names = new Set(this.image.list(path)));
    return names;
  }

  read(path: string, offset: number, length: number): Uint8Array {
    const size = this.lookUp(path)?.size ?? 0;
    if (size > FILE_LIMIT) return this.image.read(path, offset, length);
    let content = this.#contents.get(path);
    if (content === undefined) {
      content = this.image.read(path, 0, size);
      this.#keep(path, content);
    }
    return content.subarray(offset, offset + length);
  }

  #keep(path: string, content: Uint8Array): void {
    this.#contents.set(path, content);
    this.#size += content.length;
    for (const [oldest, { length }] of this.#contents) {
      if (this.#size <= LIMIT) break;
      this.#contents.delete(oldest);
      this.#size -= length;
    }
  }
}
