import { type Position, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { readRegularFile } from "../../store/read_file.ts";
import { checkOwnerships, type Trust } from "../../store/trust.ts";
import { FileTransport } from "../download/file_transport.ts";
import { HttpTransport } from "../download/http_transport.ts";
import type { Transport } from "../download/transport.ts";
import type { Located } from "./repo_values.ts";
import type { Repository } from "./repository.ts";
import { TrustedReader } from "./trusted_file.ts";

/** Where systems keep the authorities that their owner believes, in one file. */
const AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, redpesk
  "/etc/ssl/ca-bundle.pem", // SUSE
];

/** Speaks to the servers of one repository as its file says. */
export class RepositoryTransport implements Transport, Disposable {
  readonly #files = new FileTransport();
  #http: HttpTransport | undefined;

  constructor(private readonly repository: Repository, private readonly trust: Trust) {}

  open(request: Parameters<Transport["open"]>[0]): ReturnType<Transport["open"]> {
    if (request.address.startsWith("file:")) return this.#files.open(request);
    this.#http ??= this.#openHttp();
    return this.#http.open(request);
  }

  #openHttp(): HttpTransport {
    const { transfer, baseUrls, mirrorlist, metalink } = this.repository;
    const { caCertificate, clientCertificate, clientKey, username, password, proxy } = transfer;
    const addresses = [
      ...baseUrls,
      ...mirrorlist === undefined ? [] : [mirrorlist],
      ...metalink === undefined ? [] : [metalink],
    ];
    const cert = this.#read("sslclientcert", clientCertificate);
    const key = this.#read("sslclientkey", clientKey);
    if ((cert === undefined) !== (key === undefined)) {
      throw refuse(
        this.repository,
        "sslclientcert and sslclientkey belong together",
        (clientCertificate ?? clientKey)!.where,
      );
    }
    const authority = this.#read("sslcacert", caCertificate);
    return new HttpTransport({
      authorities: authority === undefined ? systemAuthorities() : [authority],
      identity: cert === undefined || key === undefined ? undefined : { cert, key },
      proxy,
      login: username === undefined ? undefined : {
        username,
        password: password ?? "",
        origins: addresses.map((address) => new URL(address).origin),
      },
    });
  }

  /** Of the host: a node's programs have no say in whom the launcher believes. */
  #read(key: string, path: Located<string> | undefined): string | undefined {
    if (path === undefined) return undefined;
    const reader = new TrustedReader(this.trust);
    if (!path.value.startsWith("/")) throw refuse(this.repository, `${key} is no absolute path`, path.where);
    const file = reader.read(path.value, "/");
    if (file === undefined) throw refuse(this.repository, `${key}: there is no "${path.value}"`, path.where);
    const [problem] = reader.problems;
    if (problem !== undefined) throw new RedpakError({ ...problem, exit: EXIT.configuration });
    return new TextDecoder().decode(file.bytes);
  }

  [Symbol.dispose](): void {
    this.#http?.[Symbol.dispose]();
  }
}

/** What is believed beside the authorities that are built in, where the system has such a file, and root alone writes it. */
export function systemAuthorities(): string[] {
  for (const path of AUTHORITIES) {
    const file = readRegularFile(path);
    if (file === undefined) continue;
    return checkOwnerships([file.ownership], { uids: [0], otherwise: "" }).length > 0
      ? []
      : [new TextDecoder().decode(file.bytes)];
  }
  return [];
}

function refuse({ id }: Repository, reason: string, where: Position): RedpakError {
  return new RedpakError({
    code: "E_REPO",
    exit: EXIT.configuration,
    message: `Cannot use repository ${quote(id)}: ${reason}`,
    where,
  });
}
