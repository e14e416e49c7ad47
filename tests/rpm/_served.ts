/** Repositories of signed packages on a real server, and redpak beside it. */
import { rangeOf, serve, type TestServer } from "../../src/packages/download/_server.ts";
import { REDPAK, type Result, Scratch } from "../system/_node.ts";
import { buildPackage, createRepository, type Package } from "./_rpm.ts";
import { Signer } from "./_signer.ts";

/** Runs the binary while the servers of the test go on. */
export async function redpak(...args: readonly string[]): Promise<Result> {
  const { code, signal, stdout, stderr } = await new Deno.Command(REDPAK, { args: [...args], stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The data of what a command prints with `--json`; throws where it fails. */
// deno-lint-ignore no-explicit-any -- the schema says what it is
export async function redpakJson(...args: readonly string[]): Promise<any> {
  const { code, stdout, stderr } = await redpak(...args, "--json");
  if (code !== 0) throw new Error(`redpak ${args.join(" ")}: ${code}: ${stderr}`);
  return JSON.parse(stdout).data;
}

/** A server of the files in a directory, read again for each request. */
export function serveDirectory(path: string): TestServer {
  return serve((request) => {
    try {
      const file = Deno.readFileSync(path + decodeURIComponent(new URL(request.url).pathname));
      return rangeOf(file, request.headers.get("range"));
    } catch {
      return new Response("no such file", { status: 404 });
    }
  });
}

/** A family of nodes that takes packages from one server. */
export class Served extends Scratch {
  readonly packages = `${this.path}/repository`;
  readonly server = serveDirectory(this.packages);
  readonly #signer = new Signer();

  /** Builds packages, signs them, and has the repository know them. */
  publish(...packages: readonly (Partial<Package> & Pick<Package, "name">)[]): void {
    for (const wanted of packages) {
      const file = buildPackage({ version: "1", ...wanted }, this.packages);
      this.#signer.sign({ file });
    }
    createRepository(this.packages);
  }

  /** The key that packages are signed with, as a file. */
  keyFile(): string {
    return this.file("key.asc", this.#signer.export("first"));
  }

  /** Makes a node from a template. */
  async create(name: string, template: string, ...lines: readonly string[]): Promise<string> {
    const path = `${this.path}/${name}`;
    const { code, stderr } = await redpak("create", path, "--template", template, "--alias", name.split("/").at(-1)!);
    if (code !== 0) throw new Error(stderr);
    // `config` is what the templates end with.
    const file = `${path}/etc/redpak.yaml`;
    Deno.writeTextFileSync(file, lines.map((line) => `  ${line}\n`).join(""), { append: true });
    return path;
  }

  /** Asks the server for what is there now. */
  async refresh(node: string): Promise<void> {
    const { code, stderr } = await redpak("repo", "refresh", node, "-q");
    if (code !== 0) throw new Error(stderr);
  }

  override [Symbol.dispose](): void {
    this.#signer[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}
