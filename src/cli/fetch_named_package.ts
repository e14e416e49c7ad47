import { libc } from "../../ffi/libc/libc.ts";
import { RedpakError } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { fetchBytes } from "../packages/download/fetch_bytes.ts";
import { HttpTransport } from "../packages/download/http_transport.ts";
import { openPackageStore } from "../packages/repository/package_store.ts";
import { DEFAULTS } from "../packages/repository/repository.ts";
import { systemAuthorities } from "../packages/repository/repository_transport.ts";
import type { PackageTrust } from "../packages/transaction/job.ts";
import { usage } from "./split_words.ts";
import type { TrustedNode } from "./trusted_node.ts";

/** Bytes of the largest package that is taken from an address that nobody says anything about. */
const LIMIT = 512 * 1024 ** 2;

/**
 * Downloads a package that a command names by its address.
 *
 * @param look nobody may be asked
 * @returns its path
 * @throws {RedpakError} `E_USAGE`; `E_DOWNLOAD`; `E_PACKAGE_UNVERIFIED`
 */
export async function fetchNamedPackage(
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
  return store.cache.pathOf(await store.cache.put(bytes, ".rpm"), ".rpm");
}
