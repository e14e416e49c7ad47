import { networkError, TransferError } from "./transfer_error.ts";
import type { Answer, Request, Transport } from "./transport.ts";

/** How to speak to servers. */
export interface HttpOptions {
  /** PEM texts of authorities to believe, beside those that Mozilla's browsers do. */
  readonly authorities: readonly string[];
  /** PEM texts of the client's own certificate and key. */
  readonly identity: { readonly cert: string; readonly key: string } | undefined;
  readonly proxy: string | undefined;
  /** Name and password, for the servers that the repository's own addresses name and no others. */
  readonly login:
    | { readonly username: string; readonly password: string; readonly origins: readonly string[] }
    | undefined;
}

const REDIRECTS = 5;

/** Over http and https. */
export class HttpTransport implements Transport, Disposable {
  readonly #client: Deno.HttpClient;

  constructor(private readonly options: HttpOptions) {
    const { authorities, identity, proxy } = options;
    this.#client = Deno.createHttpClient({
      ...authorities.length === 0 ? {} : { caCerts: [...authorities] },
      ...identity === undefined ? {} : identity,
      ...proxy === undefined ? {} : { proxy: { url: proxy } },
    });
  }

  async open({ address, offset, signal }: Request): Promise<Answer> {
    let url = new URL(address);
    for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
      const response = await this.#ask(url, offset, signal);
      const location = response.headers.get("location");
      if (!REDIRECTIONS.includes(response.status) || location === null) {
        return read(address, response, offset, signal);
      }
      await response.body?.cancel();
      url = follow(address, url, location);
    }
    throw new TransferError(address, `it leads on and on (${REDIRECTS} times)`, false);
  }

  async #ask(url: URL, offset: number, signal: AbortSignal): Promise<Response> {
    const { login } = this.options;
    const headers = new Headers({ "user-agent": "redpak", "accept-encoding": "identity" });
    if (offset > 0) headers.set("range", `bytes=${offset}-`);
    if (login?.origins.includes(url.origin)) {
      headers.set(
        "authorization",
        `Basic ${new TextEncoder().encode(`${login.username}:${login.password}`).toBase64()}`,
      );
    }
    try {
      return await fetch(url, { client: this.#client, redirect: "manual", headers, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw networkError(url.href, error);
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

const REDIRECTIONS = [301, 302, 303, 307, 308];

/** A server may send on to another, but neither to files of this machine nor from a safe way to an open one. */
function follow(address: string, from: URL, location: string): URL {
  const url = URL.parse(location, from.href);
  const refuse = (reason: string) => new TransferError(address, `it leads to ${reason}`, false);
  if (url === null) throw refuse("something that is no address");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse(`an address of "${url.protocol}"`);
  if (from.protocol === "https:" && url.protocol === "http:") throw refuse("http, where anybody could answer");
  if (url.username !== "" || url.password !== "") throw refuse("an address with a name and password");
  return url;
}

function read(address: string, response: Response, offset: number, signal: AbortSignal): Answer {
  const { status, headers } = response;
  const body = response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  // A body that has ended, or is being read, cannot be given up, and need not be.
  const close = () => void body.cancel().catch(() => {});
  const refuse = (reason: string, passing: boolean, ...hints: string[]) => {
    close();
    return new TransferError(address, reason, passing, { hints });
  };
  if (status === 416) throw refuse("the server has less of it than before", true);
  if (status !== 200 && status !== 206) {
    const reason = `the server answers ${status} ${response.statusText}`.trimEnd();
    const hints = status === 401 || status === 407
      ? ["username=… and password=… in the .repo file are for servers"]
      : [];
    throw refuse(reason, PASSING.includes(status), ...hints);
  }
  // What the transport packs, it would unpack without asking how much comes out.
  const encoding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    throw refuse(`the server has packed it as "${encoding.slice(0, 20)}", which nobody asked for`, false);
  }
  const rest = { body: checked(address, body, signal), close };
  if (status === 200) return { start: 0, size: readSize(headers.get("content-length")), ...rest };
  const [, start, size] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  if (start === undefined || Number(start) !== offset) {
    throw refuse("the server sends another part than that which was asked for", true);
  }
  return { start: offset, size: readSize(size), ...rest };
}

/** Statuses of servers that are busy, not of files that are not there. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

function readSize(text: string | null | undefined): number | undefined {
  return text != null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

async function* checked(
  address: string,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    signal.throwIfAborted();
    throw networkError(address, error);
  }
}
