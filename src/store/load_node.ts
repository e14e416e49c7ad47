import { parseConfig, parseStatus } from "../config/parse.ts";
import type { ConfigFile, Part, RedNode, TextFile } from "../config/node.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { resolveInImage } from "../core/image.ts";
import { ioError } from "./io_error.ts";
import type { Machine } from "./machine.ts";
import { ADMIN_FILES, NORMAL_FILES, STATUS_FILE } from "./node_files.ts";
import { NodeNotFound } from "./node_not_found.ts";
import { realDirectory } from "./node_path.ts";
import { type OwnedFile, type Ownership, ownership, readRegularFile } from "./read_file.ts";

export interface LoadOptions {
  /** Read the admin configuration too; otherwise it is not even opened. */
  readonly admin?: boolean;
  /** Read the files as redpak 2.5 does. */
  readonly compat?: boolean;
  /** Texts to read in the place of those that files hold, by the files' paths: what a change would come to. */
  readonly drafts?: ReadonlyMap<string, string>;
  /** Where profiles are looked for: this machine when absent. */
  readonly machine?: Machine;
}

export interface LoadedNode extends RedNode {
  /** Of everything whose change would change the node's configuration: its directories and files. */
  readonly ownerships: readonly Ownership[];
  /** What its configuration was read from: its own files that count, and those of their profiles. */
  readonly files: readonly TextFile[];
}

/**
 * Reads the node in a directory.
 *
 * @param path absolute, or relative to the working directory; symbolic links are resolved
 * @throws {RedpakError} `E_NODE_NOT_FOUND` where there is no node; `E_NOT_PERMITTED`; `E_CONFIG…` with every finding
 */
export async function loadNode(path: string, options: LoadOptions = {}): Promise<LoadedNode> {
  return await readNode(realDirectory(path), options);
}

/** As `loadNode`, for a path that `realDirectory` returned. */
export async function readNode(path: string, options: LoadOptions): Promise<LoadedNode> {
  const place = await placeOn(options.machine);
  const read = (name: string) => readPlaced(`${path}/${name}`, place);
  const readFirst = (names: readonly string[]) => first(names, read);
  const status = read(STATUS_FILE);
  if (status === undefined) throw new NodeNotFound(path, "no node");
  const normal = readFirst(NORMAL_FILES);
  if (normal === undefined) {
    throw new RedpakError({
      code: "E_CONFIG_MISSING",
      exit: EXIT.configuration,
      message: `Cannot read "${path}/${NORMAL_FILES[0]}": no such file or directory (ENOENT)`,
      errno: "ENOENT",
      hints: [`every node needs it: restore the file, or remove the node with redpak delete ${path}`],
    });
  }
  const admin = options.admin ? readFirst(ADMIN_FILES) : undefined;
  const draft = (file: OwnedFile) => withDraft(file, options.drafts?.get(file.path));
  const parsed = await parseAll(draft(status), draft(normal), admin && draft(admin), options);
  return {
    path,
    ...parsed,
    adminFile: admin?.path ?? ADMIN_FILES.map((name) => `${path}/${name}`).find((file) => isFile(place(file))),
    ownerships: [
      directoryOwnership(path),
      directoryOwnership(place(`${path}/etc`) ?? `${path}/etc`),
      ...[status, normal, admin].flatMap((file) => file === undefined ? [] : [file.ownership]),
    ],
    files: [
      draft(normal),
      ...admin === undefined ? [] : [draft(admin)],
      ...[parsed.normal, parsed.admin].flatMap((file) => file?.profile?.source ?? []),
    ],
  };
}

/** Where a path really is; undefined for what is not there. */
type Place = (path: string) => string | undefined;

/**
 * A link in an image leads to what it leads to on the device, never to a file of this machine. On this machine itself the
 * kernel follows links.
 */
async function placeOn(machine: Machine | undefined): Promise<Place> {
  const root = machine?.root ?? "";
  if (root === "") return (path) => path;
  const { DirectoryImage } = await import("./directory_image.ts");
  const image = new DirectoryImage(root);
  return (path) => {
    const found = resolveInImage(image, path.slice(root.length));
    return found && image.pathOf(found.path);
  };
}

/** A file by the name that it has, read where that leads to. */
function readPlaced(path: string, place: Place): OwnedFile | undefined {
  const file = place(path);
  const found = file === undefined ? undefined : readRegularFile(file);
  return found && { ...found, path };
}

function first<T>(names: readonly string[], find: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
}

/** What cannot be looked at is none: without it less of the node can be written. */
function isFile(path: string | undefined): boolean {
  try {
    return path !== undefined && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function withDraft(file: OwnedFile, text: string | undefined): OwnedFile {
  return text === undefined ? file : { ...file, bytes: new TextEncoder().encode(text) };
}

/** All findings in all files of the node come in one error. */
async function parseAll(status: OwnedFile, normal: OwnedFile, admin: OwnedFile | undefined, options: LoadOptions) {
  const { compat = false } = options;
  const errors: RedpakError[] = [];
  async function attempt<T>(parse: () => Promise<T>): Promise<T | undefined> {
    try {
      return await parse();
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      errors.push(error);
    }
  }
  const parsed = {
    status: await attempt(() => parseStatus(status.bytes, status.path, { compat })),
    normal: await attempt(() => parseWithProfile(normal, "normal", options)),
    admin: admin && await attempt(() => parseWithProfile(admin, "admin", options)),
  };
  const [first, ...others] = errors;
  if (first === undefined) return parsed as Pick<RedNode, "status" | "normal" | "admin">;
  if (others.length === 0) throw first;
  throw new RedpakError({
    code: first.code,
    exit: first.exit,
    message: first.message,
    where: first.where,
    hints: first.hints,
    problems: errors.flatMap((error) => error.problems.length > 0 ? error.problems : [error]),
    cause: first.cause,
  });
}

async function parseWithProfile(
  { bytes, path }: OwnedFile,
  part: Part,
  { compat = false, machine }: LoadOptions,
): Promise<ConfigFile> {
  const file = await parseConfig(bytes, path, part, { compat });
  const name = file.config.config?.profile;
  if (name === undefined) return file;
  const { loadProfile } = await import("./load_profile.ts");
  return { ...file, profile: await loadProfile(name, file.locate(["config", "profile"]), { machine }) };
}

export function directoryOwnership(path: string): Ownership {
  try {
    return ownership(path, Deno.statSync(path));
  } catch (error) {
    throw ioError("inspect", path, error);
  }
}

/** In a sticky directory such as /tmp, nobody can rename or remove what belongs to others. */
export function stickyOwnership(directory: string): Ownership {
  const found = directoryOwnership(directory);
  return (found.mode & STICKY) === 0 ? found : { ...found, mode: found.mode & ~0o022 };
}

const STICKY = 0o1000;
