/** File systems whose power can be cut. */
import assert from "node:assert/strict";
import { compile } from "./_compile.ts";
import { exec, isRoot } from "./_node.ts";
import { until } from "./_until.ts";

export interface FileSystem {
  readonly type: string;
  readonly make: readonly string[];
  /** Why it cannot be had here. */
  readonly missing: string | undefined;
}

export const FILE_SYSTEMS: readonly FileSystem[] = [
  { type: "ext4", make: ["mkfs.ext4", "-q", "-F"] },
  { type: "xfs", make: ["mkfs.xfs", "-q", "-f"] },
].map(({ type, make }) => {
  const isThere = exec("sh", ["-c", `command -v ${make[0]}`]).code === 0;
  return { type, make, missing: !isRoot ? "mounting needs root" : isThere ? undefined : `there is no ${make[0]}` };
});

/** A file system in a file, mounted. */
export class Disk implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  readonly mount = `${this.directory}/mount`;
  readonly #image = `${this.directory}/image`;

  constructor({ make }: Pick<FileSystem, "make">) {
    Deno.mkdirSync(this.mount);
    run("truncate", "-s", "320M", this.#image);
    run(...make, this.#image);
    this.#mount();
  }

  /**
   * The file system is shut down, and what has not been written is lost.
   *
   * @returns the time just before, in milliseconds since 1970
   */
  async cut(): Promise<number> {
    const shutDown = await compile("power_cut.c");
    const now = performance.now() + performance.timeOrigin;
    run(shutDown, this.mount);
    return now;
  }

  /** The power comes back: the log is replayed. */
  async restart(): Promise<void> {
    // Processes that were killed end in a moment, a worker after its parent.
    const umount = () => exec("umount", [this.mount]);
    let last = umount();
    await until(() => last.code === 0 || (last = umount()).code === 0, () => last.stderr);
    // Another mount namespace may have a copy of the mount for a moment; until that is gone, the one that was shut down stays.
    const users = () => exec("losetup", ["-j", this.#image]).stdout;
    await until(() => users() === "", () => `somebody keeps the file system mounted: ${users()}`);
    this.#mount();
  }

  #mount(): void {
    run("mount", "-o", "loop", this.#image, this.mount);
  }

  [Symbol.dispose](): void {
    exec("umount", [this.mount]);
    Deno.removeSync(this.directory, { recursive: true });
  }
}

export function run(...words: readonly string[]): void {
  const [program = "", ...args] = words;
  const { code, stderr } = exec(program, args);
  assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
}
