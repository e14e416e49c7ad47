import { type Image, type ImageEntry, scanImage } from "./image.ts";

/** Files up to this size are kept, in bytes, and so many bytes of them in all: what is read for one check, another wants. */
const [FILE_LIMIT, LIMIT] = [2 ** 17, 2 ** 24];

/** What is known of a directory. */
interface Directory {
  /** What is in it, if that was asked for. */
  all?: ReadonlyMap<string, ImageEntry>;
  /** What was asked for by name before that; null for what is not there. */
  readonly entries: Map<string, ImageEntry | null>;
}

/** An image that does not change while it is looked at: everything of it is asked for once. */
export class CachedImage implements Image {
  /** By path, without a slash at the end. */
  readonly #directories = new Map<string, Directory>();
  /** The one that was asked for last, which the next question is mostly about: one map of all paths takes thrice the time. */
  #last: { readonly path: string; readonly directory: Directory } = { path: "", directory: this.#directory("") };
  readonly #contents = new Map<ImageEntry, Uint8Array>();
  #size = 0;

  constructor(private readonly image: Image) {}

  lookUp(path: string): ImageEntry | undefined {
    const cut = path.lastIndexOf("/");
    const { all, entries } = this.#parent(path, cut);
    const name = path.slice(cut + 1);
    // The linker looks for each library in many directories: what is not there is known from their lists.
    if (all !== undefined && name !== "") return all.get(name);
    const known = entries.get(name);
    if (known !== undefined) return known ?? undefined;
    const entry = this.image.lookUp(path);
    entries.set(name, entry ?? null);
    return entry;
  }

  list(path: string): Iterable<string> {
    return this.scan(path).keys();
  }

  scan(path: string): ReadonlyMap<string, ImageEntry> {
    const directory = this.#directory(path === "/" ? "" : path);
    return directory.all ??= withKnown(scanImage(this.image, path), directory.entries);
  }

  #parent(path: string, cut: number): Directory {
    const last = this.#last;
    if (cut === last.path.length && path.startsWith(last.path)) return last.directory;
    const above = path.slice(0, cut);
    const directory = this.#directory(above);
    this.#last = { path: above, directory };
    return directory;
  }

  #directory(path: string): Directory {
    let directory = this.#directories.get(path);
    if (directory === undefined) this.#directories.set(path, directory = { entries: new Map() });
    return directory;
  }

  read(path: string, offset: number, length: number): Uint8Array {
    const entry = this.lookUp(path);
    if (entry === undefined || entry.size > FILE_LIMIT) return this.image.read(path, offset, length);
    let content = this.#contents.get(entry);
    if (content === undefined) {
      content = this.image.read(path, 0, entry.size);
      this.#keep(entry, content);
    }
    return offset === 0 && length >= content.length ? content : content.subarray(offset, offset + length);
  }

  /** Who wants what was read, wants it soon: all of it goes at once. */
  #keep(entry: ImageEntry, content: Uint8Array): void {
    this.#size += content.length;
    if (this.#size > LIMIT) {
      this.#contents.clear();
      this.#size = content.length;
    }
    this.#contents.set(entry, content);
  }
}

/** What is in a directory, with those of its entries that have been told already: nothing has two entries. */
function withKnown(
  all: ReadonlyMap<string, ImageEntry>,
  known: ReadonlyMap<string, ImageEntry | null>,
): ReadonlyMap<string, ImageEntry> {
  if (known.size === 0) return all;
  return new Map(Array.from(all, ([name, entry]) => [name, known.get(name) ?? entry]));
}
