import type { Image, ImageEntry } from "../../core/image.ts";

/** A file: its bytes or text; a link: where it leads. */
export type Content = string | Uint8Array | { readonly link: string } | {
  readonly data: string | Uint8Array;
  readonly mode: number;
};

/** An image of the files that are listed, and the directories that they are in. */
export class MemoryImage implements Image {
  readonly #entries = new Map<string, ImageEntry & { readonly data?: Uint8Array }>();

  constructor(files: Readonly<Record<string, Content>>) {
    this.#directory("/");
    for (const [path, content] of Object.entries(files)) {
      for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
        this.#directory(path.slice(0, at));
      }
      if (path.endsWith("/")) continue;
      if (typeof content === "object" && "link" in content) {
        this.#entries.set(path, { kind: "link", mode: 0o777, uid: 0, gid: 0, size: 0, target: content.link });
        continue;
      }
      const { data: given, mode } = typeof content === "object" && "data" in content
        ? content
        : { data: content, mode: 0o755 };
      const data = typeof given === "string" ? new TextEncoder().encode(given) : given;
      this.#entries.set(path, { kind: "file", mode, uid: 0, gid: 0, size: data.length, data });
    }
  }

  #directory(path: string): void {
    this.#entries.set(path, { kind: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 });
  }

  lookUp(path: string): ImageEntry | undefined {
    const found = this.#entries.get(path);
    if (found === undefined) return undefined;
    const { data: _, ...entry } = found;
    return entry;
  }

  list(path: string): string[] {
    const base = path === "/" ? "/" : `${path}/`;
    return [...this.#entries.keys()].filter((name) => name.startsWith(base) && name !== "/")
      .map((name) => name.slice(base.length)).filter((name) => !name.includes("/")).sort();
  }

  read(path: string, offset: number, length: number): Uint8Array {
    return this.#entries.get(path)!.data!.subarray(offset, offset + length);
  }
}
