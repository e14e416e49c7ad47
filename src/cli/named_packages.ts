import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { resolvePath } from "../core/path.ts";
import { readGpgcheck } from "../packages/repository/load_repositories.ts";
import { loadKeys } from "../packages/repository/repository_keys.ts";
import type { PackageTrust } from "../packages/transaction/job.ts";
import { ioError } from "../store/io_error.ts";
import type { TrustedNode } from "./trusted_node.ts";

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
    else if (/^[a-z]+:\/\//i.test(word)) {
      const { fetchNamedPackage } = await import("./fetch_named_package.ts");
      files.push(await fetchNamedPackage(word, node, trust, look));
    } else if (word.endsWith(".rpm") && (word.includes("/") || isFile(word))) files.push(packageFile(word));
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
