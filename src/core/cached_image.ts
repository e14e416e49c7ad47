import { type Image, type ImageEntry, scanImage } from "./image.ts";

/** What is known of a directory. */
interface Directory {
  /** What is in it, if that was asked for. */
  all?: ReadonlyMap<string, ImageEntry>;
  /** What was asked for by name before that; null for what is not there. */
  readonly entries: Map<string, ImageEntry | null>;
}

/** An image that does not change while it is looked at: everything but the content of files is asked for once. */
export class CachedImage implements Image {
  /** By path, without a slash at the end. */
  readonly #directories = new Map<string, Directory>();
  /** The one that was asked for last, which the next question is mostly about: one map of all paths takes thrice the time. */
  #last: { readonly path: string; readonly directory: Directory } = { path: "", directory: this.#directory("") };

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

  read(...request: Parameters<Image["read"]>): Uint8Array {
    return this.image.read(...request);
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
