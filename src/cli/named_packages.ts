import { libc } from "../../ffi/libc/libc.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { resolvePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { fetchBytes } from "../packages/download/fetch_bytes.ts";
import type { FileCache } from "../packages/download/file_cache.ts";
import { HttpTransport } from "../packages/download/http_transport.ts";
import { readGpgcheck } from "../packages/repository/load_repositories.ts";
import { openPackageStore } from "../packages/repository/package_store.ts";
import { DEFAULTS } from "../packages/repository/repository.ts";
import { loadKeys } from "../packages/repository/repository_keys.ts";
import { systemAuthorities } from "../packages/repository/repository_transport.ts";
import type { PackageTrust } from "../packages/transaction/job.ts";
import { ioError } from "../store/io_error.ts";
import { usage } from "./split_words.ts";
import type { TrustedNode } from "./trusted_node.ts";

/** Bytes of the largest package that is taken from an address that nobody says anything about. */
const LIMIT = 512 * 1024 ** 2;

/** The words of a request, apart. */
export interface NamedPackages {
  /** What repositories and nodes are asked for. */
  readonly words: readonly string[];
  /** Paths of packages. */
  readonly files: readonly string[];
}

/**
 * Finds out which words name packages by where they are: addresses, and paths and names of files that end in `.rpm`. What
 * is at an address is downloaded.
 *
 * @param look nobody may be asked
 * @throws {RedpakError} `E_DOWNLOAD`; `E_PACKAGE_UNVERIFIED`
 */
export async function namedPackages(
  words: readonly string[],
  node: TrustedNode,
  trust: PackageTrust,
  look: boolean,
): Promise<NamedPackages> {
  const files: string[] = [];
  const others: string[] = [];
  for (const word of words) {
    if (/^file:\/\//i.test(word) && URL.canParse(word)) files.push(decodeURIComponent(new URL(word).pathname));
    else if (/^[a-z]+:\/\//i.test(word)) files.push(await fetchPackage(word, node, trust, look));
    else if (word.endsWith(".rpm") && (word.includes("/") || isFile(word))) files.push(packageFile(word));
    else others.push(word);
  }
  return { words: others, files };
}

/**
 * What packages have to be signed with that are no repository's: a key of the node or an ancestor, unless somebody says
 * that they need not, and the configuration of the family does not say that they must.
 *
 * @param unchecked `--no-gpgcheck`
 * @throws {RedpakError} `E_LOOSENED_GPGCHECK`; as `loadKeys`
 */
export function trustOfNamed({ family, trust, gpgcheck }: TrustedNode, unchecked: boolean): PackageTrust {
  const config = readGpgcheck(family, gpgcheck);
  if (unchecked && config?.value === true) {
    throw new RedpakError({
      code: "E_LOOSENED_GPGCHECK",
      exit: EXIT.configuration,
      message: "Cannot do without signatures: gpgcheck is on for all nodes here",
      where: config.where,
      hints: ["redpak keys add adds the key that a package is signed with"],
    });
  }
  return { keys: loadKeys(family, trust), required: !unchecked && (config?.value ?? true) };
}

function packageFile(word: string): string {
  const path = resolvePath(Deno.cwd(), word);
  try {
    Deno.statSync(path);
    return path;
  } catch (error) {
    throw ioError("read the package", path, error);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function fetchPackage(
  address: string,
  { family, facts }: TrustedNode,
  trust: PackageTrust,
  look: boolean,
): Promise<string> {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw usage(`Cannot get a package from ${quote(address)}: expected https://, http:// or file://`);
  }
  if (look) {
    throw usage(`Cannot look into "${address}": nobody is asked by --dry-run`, "download it, and name the file");
  }
  if (!trust.required && /^http:/i.test(address)) {
    throw new RedpakError({
      code: "E_PACKAGE_UNVERIFIED",
      message: `Cannot take a package from "${address}" without a signature: anybody on the way could send another one`,
      hints: ["use https, or download it and compare its checksum with what its owner says it is"],
    });
  }
  using transport = new HttpTransport({
    authorities: systemAuthorities(),
    identity: undefined,
    proxy: undefined,
    login: undefined,
  });
  const pace = { timeout: DEFAULTS.timeout, minRate: DEFAULTS.minRate };
  const signal = new AbortController().signal;
  const bytes = await fetchBytes(address, LIMIT, { transport, pace, signal });
  using store = openPackageStore(libc(), family, facts);
  return await keep(store.cache, bytes);
}

async function keep(cache: FileCache, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return cache.pathOf(await cache.put(bytes, ".rpm"), ".rpm");
}
