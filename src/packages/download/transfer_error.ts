import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";

/** A file that could not be had from one address. */
export class TransferError extends RedpakError {
  /**
   * @param reason the end of the sentence
   * @param passing it may be there in a moment: worth asking again
   */
  constructor(
    readonly address: string,
    readonly reason: string,
    readonly passing: boolean,
    options: { readonly hints?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super({
      code: "E_DOWNLOAD",
      exit: EXIT.failed,
      message: `Cannot download "${shownAddress(address)}": ${reason}`,
      hints: options.hints ?? [],
      cause: options.cause,
    });
  }
}

/** An address as messages show it: queries are where servers want secrets. */
export function shownAddress(address: string): string {
  return address.replace(/\?.*$/s, "?…");
}

const SYSTEM_ERRORS: Readonly<Record<string, readonly [name: string, reason: string]>> = {
  "101": ["ENETUNREACH", "there is no network"],
  "104": ["ECONNRESET", "the server has closed the connection"],
  "110": ["ETIMEDOUT", "the server does not answer"],
  "111": ["ECONNREFUSED", "connection refused"],
  "113": ["EHOSTUNREACH", "there is no way to the server"],
};

const AUTHORITY = "sslcacert=FILE in the .repo file names an authority to believe";

const CERTIFICATES: Readonly<Record<string, readonly [reason: string, ...hints: string[]]>> = {
  UnknownIssuer: ["nobody known here has signed the server's certificate", AUTHORITY],
  CaUsedAsEndEntity: ["the server's certificate is one of an authority, not of a server"],
  NotValidForName: ["the server's certificate is for another name"],
  Expired: ["the server's certificate has expired", "date shows whether the clock of this machine is right"],
  NotValidYet: ["the server's certificate is not valid yet", "date shows whether the clock of this machine is right"],
};

/** What the network had to say, in words. */
export function networkError(address: string, error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const text = deepest(error);
  const [, kind = ""] = /invalid peer certificate: (?:Other\(OtherError\()?(\w+)/.exec(text) ?? [];
  if (kind !== "") {
    const [reason, ...hints] = CERTIFICATES[kind] ?? [`the server's certificate is not accepted (${kind})`];
    return new TransferError(address, reason, false, { hints, cause: error });
  }
  const [name, reason] = SYSTEM_ERRORS[/os error (\d+)/.exec(text)?.[1] ?? ""] ?? [];
  if (name !== undefined) return new TransferError(address, `${reason} (${name})`, true, { cause: error });
  if (/dns error/.test(text)) {
    return new TransferError(address, "the name of the server is not known", true, { cause: error });
  }
  if (/reading a body/.test(text)) {
    return new TransferError(address, "the connection has ended too early", true, { cause: error });
  }
  const rest = text.replace(/^error sending request .*?: (?:client error \(\w+\): )?/, "");
  return new TransferError(address, `the server is not understood: ${rest}`, true, { cause: error });
}

function deepest(error: unknown): string {
  let found = error;
  while (found instanceof Error && found.cause instanceof Error) found = found.cause;
  return found instanceof Error ? found.message : String(found);
}
