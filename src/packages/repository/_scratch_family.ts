import type { Position } from "../../core/error.ts";
import { loadFamily } from "../../store/load_family.ts";
import { type LoadedRepositories, loadRepositories } from "./load_repositories.ts";

/** A family of nodes in a scratch directory: `/`-separated names of nodes, with files by their paths in the node. */
export class ScratchFamily implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ dir: "/tmp" }));

  constructor(nodes: Readonly<Record<string, Readonly<Record<string, string>>>>) {
    Deno.chmodSync(this.path, 0o755);
    for (const [name, files] of Object.entries(nodes)) {
      const alias = name.split("/").at(-1);
      this.write(`${name}/.rednode.yaml`, `realpath: /x\ntimestamp: 1700000000000\nstate: Enable\n`);
      this.write(`${name}/etc/redpak.yaml`, `headers:\n  alias: ${alias}\n`);
      for (const [file, text] of Object.entries(files)) this.write(`${name}/${file}`, text);
    }
  }

  write(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
    Deno.chmodSync(path, 0o644);
    return path;
  }

  /** The repositories of a node, for whom the scratch directory belongs to. */
  async repositories(node: string, architecture = "x86_64", outermost?: Position): Promise<LoadedRepositories> {
    const family = await loadFamily(`${this.path}/${node}`);
    const uids = [0, Deno.statSync(this.path).uid ?? 0];
    return loadRepositories(family, architecture, { uids, otherwise: "not to the tester" }, outermost);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
