import { baseName, isWithin, parentPath } from "../../core/path.ts";
import type { Image, ImageEntry } from "../../core/image.ts";
import type { NodeView, Seen } from "../image/node_view.ts";
import { type ElfFile, parseElf, type ReadBytes } from "./elf_file.ts";
import { libraryPlaces, type LibrarySearch, librarySearch, type Loaded } from "./library_search.ts";

/** Why a file of a node would not start or load. */
export interface LinkFault {
  readonly kind: "interpreter" | "library" | "version" | "damaged" | "machine";
  /** Path in the node. */
  readonly file: string;
  /** Path in the image. */
  readonly source: string;
  /** What is not there: a path, the name of a library, or `VERSION of LIBRARY`; why it is damaged; what it is for. */
  readonly missing: string;
  /** Path in the node of the library that needs it, where that is not the file itself. */
  readonly neededBy?: string;
  /** It is a library that no program of the node has loaded so far: whoever loads it may have what is missing. */
  readonly alone: boolean;
}

export interface LinkRequest {
  readonly image: Image;
  readonly view: NodeView;
  /** Directories of the image whose files are looked at. */
  readonly own: readonly string[];
  /** Directories of the image, in those, whose files are others': nodes inside of the node. */
  readonly others: readonly string[];
  /** Directories of the node's LD_LIBRARY_PATH and PATH. */
  readonly libraryPath: readonly string[];
  readonly path: readonly string[];
  /** `EM_…` of machines whose programs the device runs; any when absent. */
  readonly machines?: readonly number[] | undefined;
}

/** What was read of a file: of an ELF file, of a script its beginning; null for all others. */
type ReadElf = ElfFile | { readonly damaged: string } | { readonly script: string } | null;

/** What was read of files, by their entries in the image: nodes share libraries. */
export class ElfCache {
  readonly #files = new Map<ImageEntry, ReadElf>();
  /** Paths of program interpreters, by the programs that can be loaded by them. */
  readonly interpreters = new Map<string, string>();

  /** @param read reads the file, if that has not been done */
  read(entry: ImageEntry, read: ReadBytes): ReadElf {
    let found = this.#files.get(entry);
    if (found === undefined) this.#files.set(entry, found = readElf(read));
    return found;
  }
}

function readElf(read: ReadBytes): ReadElf {
  try {
    const elf = parseElf(read);
    if (elf !== undefined) return elf;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { damaged: error.message };
  }
  const [first, second] = read(0, 2);
  return first === 0x23 && second === 0x21 ? { script: decoder.decode(read(0, SCRIPT_LINE)) } : null;
}

/**
 * Finds what would fail with "not found" in a node: for each of its programs and libraries the interpreter, the libraries,
 * and their versions, as the dynamic linker would look for them with the node's mounts and variables; for each script the
 * program that reads it. What is found there is not run: libraries that a program opens itself, dlopen(3), are not known.
 */
export function findLinkFaults(request: LinkRequest, cache = new ElfCache()): LinkFault[] {
  const linker = new Linker(request, cache);
  const programs: ReadFile[] = [];
  const libraries: ReadFile[] = [];
  const own = ownFiles(request);
  for (const seen of own) {
    const elf = linker.parse(seen);
    if (isProgram(seen, elf)) programs.push({ seen, elf });
    else if (elf !== undefined) libraries.push({ seen, elf });
  }
  const faults = programs.flatMap((file) => linker.check(file, false));
  const alone = libraries.filter(({ seen }) => !linker.isLoaded(seen)).flatMap((file) => linker.check(file, true));
  if (!alone.some(isMissingLibrary)) return [...faults, ...alone];
  // One that the node has somewhere is for the program to load first, from wherever that is.
  const names = new Set(own.map(({ path }) => baseName(path)));
  return [...faults, ...alone.filter((fault) => !isMissingLibrary(fault) || !names.has(fault.missing))];
}

/** A file of the node, and what it says to the linker. */
interface ReadFile {
  readonly seen: Seen;
  readonly elf: ElfFile | { readonly damaged: string } | undefined;
}

function isProgram(seen: Seen, elf: ReadFile["elf"]): boolean {
  if (elf === undefined || "damaged" in elf) return isExecutable(seen);
  return elf.interpreter !== undefined || elf.isFixed && isExecutable(seen);
}

function isMissingLibrary({ kind }: LinkFault): boolean {
  return kind === "library";
}

/** The node's own files where it sees them; each once, by the first place. */
function ownFiles({ view, own, others }: LinkRequest): Seen[] {
  const directories = new Set<string>(others);
  const files = new Map<ImageEntry, Seen>();
  for (const { destination } of view.binds()) {
    const seen = view.resolve(destination);
    if (seen?.source === undefined || !own.some((directory) => isWithin(seen.source!, directory))) continue;
    const pending = [seen];
    for (let here = pending.pop(); here !== undefined; here = pending.pop()) {
      // What a link leads to is found where it is.
      const { source, kind, entry } = here;
      if (source === undefined || entry === undefined) continue;
      if (kind === "file") {
        if (!files.has(entry)) files.set(entry, here);
      } else if (kind === "directory" && !directories.has(source)) {
        directories.add(source);
        for (const child of view.children(here)) pending.push(child);
      }
    }
  }
  return [...files.values()];
}

class Linker {
  readonly #searches = new Map<string, LibrarySearch>();
  readonly #loaded = new Set<string>();

  constructor(private readonly request: LinkRequest, private readonly cache: ElfCache) {}

  isLoaded({ source }: Seen): boolean {
    return source !== undefined && this.#loaded.has(source);
  }

  check({ seen, elf }: ReadFile, alone: boolean): LinkFault[] {
    const fault = (kind: LinkFault["kind"], missing: string, by?: string): LinkFault => ({
      kind,
      file: seen.path,
      source: seen.source!,
      missing,
      ...by === undefined || by === seen.path ? {} : { neededBy: by },
      alone,
    });
    if (elf === undefined) return this.#checkScript(seen, (missing) => fault("interpreter", missing));
    if ("damaged" in elf) return [fault("damaged", elf.damaged)];
    const { machines } = this.request;
    if (!alone && machines?.includes(elf.machine) === false) return [fault("machine", elf.abi)];
    if (elf.interpreter !== undefined && !isRunnable(this.request.view.resolve(elf.interpreter))) {
      return [fault("interpreter", elf.interpreter)];
    }
    // The linker asks /proc/self/exe where its program is.
    const origin = elf.interpreter === undefined || this.request.view.hasProcfs() ? parentPath(seen.path) : undefined;
    return this.#link({ elf, path: seen.path, origin, loader: undefined }, fault);
  }

  /** Breadth first, each library once, as the linker does. */
  #link(first: Loaded, fault: (kind: LinkFault["kind"], missing: string, by?: string) => LinkFault): LinkFault[] {
    const faults: LinkFault[] = [];
    const byName = new Map<string, Loaded | undefined>();
    const pending: Loaded[] = [first];
    for (const from of pending) {
      for (const name of from.elf.needed) {
        if (!byName.has(name)) {
          const found = this.#find(name, from, first.elf);
          byName.set(name, found);
          if (found?.elf.soname !== undefined && !byName.has(found.elf.soname)) byName.set(found.elf.soname, found);
          if (found === undefined) faults.push(fault("library", name, from.path));
          else pending.push(found);
        }
      }
      for (const { library, version, weak } of from.elf.wants) {
        const provider = byName.get(library);
        // A library without any versions is taken for any of them, with a warning at run time.
        if (weak || provider === undefined || provider.elf.versions.size === 0 || provider.elf.versions.has(version)) {
          continue;
        }
        faults.push(fault("version", `${version} of ${library} (${provider.path})`, from.path));
      }
    }
    return faults;
  }

  #find(name: string, from: Loaded, program: ElfFile): Loaded | undefined {
    for (const place of libraryPlaces(name, from, this.#search(program))) {
      const seen = this.request.view.resolve(place);
      if (seen?.source === undefined || seen.kind !== "file") continue;
      const elf = this.parse(seen);
      if (elf === undefined || "damaged" in elf || elf.abi !== program.abi) continue;
      this.#loaded.add(seen.source);
      // $ORIGIN is the directory of the path that the linker has opened, not of where its links lead.
      return { elf, path: place, origin: parentPath(place), loader: from };
    }
  }

  #search({ interpreter, abi }: ElfFile): LibrarySearch {
    // A library alone has no interpreter: it is loaded by whatever runs programs of its kind.
    const key = interpreter ?? abi;
    let search = this.#searches.get(key);
    if (search === undefined) {
      search = librarySearch(this.request.view, {
        interpreter: interpreter ?? this.#interpreterOf(abi),
        environment: this.request.libraryPath,
        read: (seen) => this.#readAll(seen),
      });
      this.#searches.set(key, search);
    }
    return search;
  }

  #interpreterOf(abi: string): string {
    return this.cache.interpreters.get(abi) ?? INTERPRETERS.find((interpreter) => {
      const seen = this.request.view.resolve(interpreter);
      const elf = seen?.source === undefined ? undefined : this.parse(seen);
      return elf !== undefined && "abi" in elf && elf.abi === abi;
    }) ?? "";
  }

  #checkScript(seen: Seen, fault: (missing: string) => LinkFault): LinkFault[] {
    if (!isExecutable(seen)) return [];
    const read = this.#read(seen);
    const line = read && "script" in read ? SCRIPT.exec(read.script) : null;
    if (line === null) return [];
    const [, interpreter = "", argument = ""] = line;
    const { view, path } = this.request;
    if (!isRunnable(view.resolve(interpreter))) return [fault(interpreter)];
    if (!/\/env$/.test(interpreter)) return [];
    const name = argument.trim().split(/[ \t]+/).find((word) => !word.startsWith("-") && !word.includes("=")) ?? "";
    if (name === "" || name.includes("/")) return name === "" || isRunnable(view.resolve(name)) ? [] : [fault(name)];
    return path.some((directory) => isRunnable(view.resolve(`${directory}/${name}`))) ? [] : [fault(`${name} in PATH`)];
  }

  parse(seen: Seen): ReadFile["elf"] {
    const elf = this.#read(seen);
    if (elf === null || "script" in elf) return undefined;
    const { interpreters } = this.cache;
    if ("abi" in elf && elf.interpreter !== undefined && !interpreters.has(elf.abi)) {
      interpreters.set(elf.abi, elf.interpreter);
    }
    return elf;
  }

  #read({ source, entry }: Seen): ReadElf {
    if (source === undefined || entry?.kind !== "file") return null;
    return this.cache.read(entry, this.#reader(source, entry.size));
  }

  /** Of small files everything is asked for at once. */
  #reader(source: string, size: number): ReadBytes {
    const { image } = this.request;
    if (size > SMALL) return (offset, length) => image.read(source, offset, length);
    let content: Uint8Array | undefined;
    return (offset, length) => (content ??= image.read(source, 0, size)).subarray(offset, offset + length);
  }

  #readAll({ source, kind, entry }: Seen): Uint8Array | undefined {
    if (source === undefined || kind !== "file" || (entry?.size ?? 0) > CACHE_LIMIT) return undefined;
    return this.request.image.read(source, 0, entry?.size ?? 0);
  }
}

const decoder = new TextDecoder();

/** Of the machines that redpak runs on, glibc and musl. */
const INTERPRETERS = [
  "/lib64/ld-linux-x86-64.so.2",
  "/lib/ld-linux-aarch64.so.1",
  "/lib/ld-linux-armhf.so.3",
  "/lib/ld-linux.so.2",
  "/lib/ld-musl-x86_64.so.1",
  "/lib/ld-musl-aarch64.so.1",
];

/** A script's first line: the program that reads it, and the rest. */
const SCRIPT = /^#![ \t]*(\S+)(?:[ \t]+([^\n]*))?/;
/** Bytes of it that the kernel reads, BINPRM_BUF_SIZE. */
const SCRIPT_LINE = 256;
/** Bytes that are read no more slowly than a part of them. */
const SMALL = 2 ** 17;
const CACHE_LIMIT = 64 * 2 ** 20;

function isExecutable({ kind, entry }: Seen): boolean {
  return kind === "file" && entry !== undefined && (entry.mode & 0o111) !== 0;
}

/** Made in the running node, it cannot be looked at. */
function isRunnable(seen: Seen | undefined): boolean {
  return seen !== undefined && (isExecutable(seen) || seen.kind === "file" && seen.source === undefined);
}
