import type { NodeView, Seen } from "../image/node_view.ts";
import type { ElfFile } from "./elf_file.ts";

/** How one node's dynamic linker looks for libraries, ld.so(8). */
export interface LibrarySearch {
  /** Directories of LD_LIBRARY_PATH. */
  readonly environment: readonly string[];
  /** Paths by library name, of /etc/ld.so.cache as the node sees it. */
  readonly cache: ReadonlyMap<string, readonly string[]>;
  /** Directories that the linker looks in at last. */
  readonly directories: readonly string[];
}

/** A file that looks for libraries, and those that have brought it, up to the program. */
export interface Loaded {
  readonly elf: ElfFile;
  /** As the linker has opened it. */
  readonly path: string;
  /** The directory that $ORIGIN stands for; unknown of a program where there is no /proc to ask. */
  readonly origin: string | undefined;
  readonly loader: Loaded | undefined;
}

/**
 * Places where the linker looks for a library, in its order. A file of another class or machine is passed over by the
 * linker: that is for the caller to see.
 */
export function* libraryPlaces(name: string, from: Loaded, search: LibrarySearch): Generator<string> {
  if (name.includes("/")) {
    yield* expandTokens(name, from);
    return;
  }
  const below = (directories: readonly string[], file: Loaded) =>
    directories.flatMap((directory) => expandTokens(directory, file)).map((directory) => `${directory}/${name}`);
  if (from.elf.runpath.length === 0) {
    for (let file: Loaded | undefined = from; file !== undefined; file = file.loader) {
      if (file.elf.runpath.length === 0) yield* below(file.elf.rpath, file);
    }
  }
  for (const directory of search.environment) yield `${directory}/${name}`;
  yield* below(from.elf.runpath, from);
  yield* search.cache.get(name) ?? [];
  for (const directory of search.directories) yield `${directory}/${name}`;
}

/** None where $ORIGIN is not known. $LIB and $PLATFORM differ between machines; what is left of them names nothing. */
function expandTokens(path: string, { origin }: Loaded): string[] {
  const token = /\$(?:ORIGIN\b|\{ORIGIN\})/g;
  return origin === undefined && token.test(path) ? [] : [path.replace(token, () => origin ?? "")];
}

/**
 * What linkers are compiled with: glibc as distributions with and without multiarch directories build it, and musl.
 *
 * @param interpreter path of the linker, as `/lib64/ld-linux-x86-64.so.2`
 */
export function defaultDirectories(interpreter: string): readonly string[] {
  if (interpreter.includes("/ld-musl-")) return ["/lib", "/usr/local/lib", "/usr/lib"];
  const triplet = Object.entries(TRIPLETS).find(([name]) => interpreter.endsWith(name))?.[1];
  return [
    ...triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`],
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
  ];
}

const TRIPLETS: Readonly<Record<string, string>> = {
  "/ld-linux-x86-64.so.2": "x86_64-linux-gnu",
  "/ld-linux-aarch64.so.1": "aarch64-linux-gnu",
  "/ld-linux-armhf.so.3": "arm-linux-gnueabihf",
  "/ld-linux.so.2": "i386-linux-gnu",
  "/ld-linux-riscv64-lp64d.so.1": "riscv64-linux-gnu",
};

const decoder = new TextDecoder();

/** Entries of ld.so.cache(8) in the format that glibc has written since 2.32, and before beside its older one. */
export function parseLibraryCache(bytes: Uint8Array): Map<string, string[]> {
  const cache = new Map<string, string[]>();
  const start = findText(bytes, "glibc-ld.so.cache1.1");
  if (start < 0 || bytes.length < start + 48) return cache;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(start + 20, true);
  for (let index = 0; index < count; index++) {
    const at = start + 48 + index * 24;
    if (at + 24 > bytes.length) break;
    const text = (offset: number) => {
      const from = start + offset;
      const end = bytes.indexOf(0, from);
      return end < 0 ? "" : decoder.decode(bytes.subarray(from, end));
    };
    const [name, path] = [text(view.getUint32(at + 4, true)), text(view.getUint32(at + 8, true))];
    if (name !== "" && path.startsWith("/")) cache.set(name, [...cache.get(name) ?? [], path]);
  }
  return cache;
}

function findText(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** The cache and directories of a node, by what it sees. */
export function librarySearch(
  view: NodeView,
  { interpreter, environment, read }: {
    readonly interpreter: string;
    readonly environment: readonly string[];
    readonly read: (seen: Seen) => Uint8Array | undefined;
  },
): LibrarySearch {
  const seen = interpreter.includes("/ld-musl-") ? undefined : view.resolve("/etc/ld.so.cache");
  const bytes = seen && read(seen);
  return {
    environment,
    cache: bytes === undefined ? new Map() : parseLibraryCache(bytes),
    directories: defaultDirectories(interpreter),
  };
}
