import type { Header, PackageTags } from "../../../ffi/librpm/header.ts";
import { type Nevra, nevraOf } from "../database/installed_package.ts";

/** A file as a package has it. */
export interface PackagedFile {
  readonly path: string;
  /** With the type, as in `st_mode`. */
  readonly mode: number;
  /** `RPMFILE_…`. */
  readonly flags: number;
  readonly size: number;
  /** Hexadecimal; empty for what has no content. */
  readonly digest: string;
  /** Target of a symbolic link. */
  readonly target: string;
  readonly user: string;
  readonly group: string;
  /** As cap_to_text(3) writes them; empty where there are none. */
  readonly capabilities: string;
}

/** What a package says of itself that decides about whether it can be installed. */
export interface PackageContent {
  readonly package: Nevra;
  readonly files: readonly PackagedFile[];
  /** Algorithm of the digests, by its number in OpenPGP. */
  readonly digestAlgorithm: number;
  /** Lines of sysusers.d(5). */
  readonly sysusers: readonly string[];
}

/** MD5: what librpm takes where a package does not say. */
const DEFAULT_DIGEST = 1;

/** @returns undefined where the lists of a header do not fit together */
export function packageContent(header: Header): PackageContent | undefined {
  const files = packagedFiles(header);
  return files && {
    package: nevraOf(header),
    files,
    digestAlgorithm: digestAlgorithmOf(header),
    sysusers: header.texts("PROVIDENEVRS").flatMap(sysusersLine),
  };
}

/** Algorithm of the digests of a package's files, by its number in OpenPGP. */
export function digestAlgorithmOf(header: PackageTags): number {
  return header.number("FILEDIGESTALGO") || DEFAULT_DIGEST;
}

/** @returns undefined where the lists of a header do not fit together */
export function packagedFiles(header: PackageTags): PackagedFile[] | undefined {
  const paths = pathsOf(header);
  const modes = header.numbers("FILEMODES");
  const flags = header.numbers("FILEFLAGS");
  const sizes = header.numbers(header.has("FILESIZES") ? "FILESIZES" : "LONGFILESIZES");
  const digests = header.texts("FILEDIGESTS");
  const targets = header.texts("FILELINKTOS");
  const users = header.texts("FILEUSERNAME");
  const groups = header.texts("FILEGROUPNAME");
  const capabilities = header.texts("FILECAPS");
  const lists = [modes, flags, sizes, digests, targets, users, groups];
  if (lists.some(({ length }) => length !== paths.length)) return undefined;
  if (capabilities.length > 0 && capabilities.length !== paths.length) return undefined;
  return paths.map((path, index) => ({
    path,
    mode: modes[index]!,
    flags: flags[index]!,
    size: sizes[index]!,
    digest: digests[index]!,
    target: targets[index]!,
    user: users[index]!,
    group: groups[index]!,
    capabilities: capabilities[index] ?? "",
  }));
}

/** What librpm would make of them for `FILENAMES`, at once; a directory that is not there leaves one out. */
function pathsOf(header: PackageTags): string[] {
  const directories = header.texts("DIRNAMES");
  const indexes = header.numbers("DIRINDEXES");
  const names = header.texts("BASENAMES");
  const paths: string[] = [];
  for (let index = 0; index < names.length; index++) {
    const directory = directories[indexes[index] ?? -1];
    if (directory !== undefined) paths.push(directory + names[index]!);
  }
  return paths;
}

/**
 * The line of sysusers.d(5) in what a package provides: from rpm 4.19 on `user(NAME)`, `group(NAME)` and
 * `groupmember(USER/GROUP)`, with the line as the version.
 */
export function sysusersLine(provided: string): string[] {
  const text = /^(?:user|group|groupmember)\(.*\) = ([\w+/=]+)$/.exec(provided)?.[1];
  if (text === undefined) return [];
  try {
    return [new TextDecoder().decode(Uint8Array.fromBase64(text)).replace(/\0+$/, "")];
  } catch {
    return [];
  }
}
