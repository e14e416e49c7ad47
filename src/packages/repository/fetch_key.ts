import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { fetchBytes } from "../download/fetch_bytes.ts";
import { FileTransport } from "../download/file_transport.ts";
import { HttpTransport } from "../download/http_transport.ts";
import { fileAddress } from "./repo_values.ts";
import { DEFAULTS } from "./repository.ts";
import { systemAuthorities } from "./repository_transport.ts";

/** Bytes of the largest file of keys that is read. */
const LIMIT = 256 * 1024;

/**
 * Gets a file of keys, for somebody to look at.
 *
 * @param source a URL or an absolute path
 * @throws {RedpakError} `E_DOWNLOAD`; `E_KEY_ADDRESS` for anything but https, http and files
 */
export async function fetchKey(source: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const address = source.startsWith("/") ? fileAddress(source) : source;
  const pace = { timeout: DEFAULTS.timeout, minRate: 1 };
  if (address.startsWith("file:")) {
    return await fetchBytes(address, LIMIT, { transport: new FileTransport(), pace, signal });
  }
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new RedpakError({
      code: "E_KEY_ADDRESS",
      exit: EXIT.usage,
      message: `Cannot get a key from ${quote(source)}: expected a path, https:// or http://`,
    });
  }
  using transport = new HttpTransport({
    authorities: systemAuthorities(),
    identity: undefined,
    proxy: undefined,
    login: undefined,
  });
  return await fetchBytes(address, LIMIT, { transport, pace, signal });
}
