import { RedpakError } from "../core/error.ts";

/** A directory for the nodes of one test. */
export class Scratch implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "redpak-test-" }));

  /** Writes a file, with the directories above it. */
  file(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** Writes a node; its alias is the last component of its name. */
  node(name: string): string {
    const path = `${this.path}/${name}`;
    this.file(`${name}/.rednode.yaml`, `realpath: ${path}\ntimestamp: 1700000000000\nstate: Enable\n`);
    this.file(`${name}/etc/redpak.yaml`, `headers:\n  alias: ${name.split("/").at(-1)}\n`);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** The code of the error that something throws. */
export async function code(step: () => unknown): Promise<string | undefined> {
  try {
    await step();
  } catch (error) {
    if (error instanceof RedpakError) return error.code;
    throw error;
  }
}
