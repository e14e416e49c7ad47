/** Processes whose namespaces a node joins. */
import { until } from "./_until.ts";

export type OtherNamespace = "time" | "cgroup" | "ipc" | "net" | "pid" | "user";
export const JOINABLE: readonly OtherNamespace[] = ["time", "cgroup", "ipc", "net", "pid", "user"];

const FLAGS: Readonly<Record<OtherNamespace, readonly string[]>> = {
  time: ["--time"],
  cgroup: ["--cgroup"],
  ipc: ["--ipc"],
  net: ["--net"],
  pid: ["--pid"],
  user: ["--user", "--map-root-user"],
};

/** A process that waits in namespaces of its own, until it is disposed of. */
export class OtherProcess implements AsyncDisposable {
  private constructor(readonly pid: number, readonly parent: Deno.ChildProcess) {}

  static async start(namespaces: readonly OtherNamespace[], uid = Deno.uid() ?? 0): Promise<OtherProcess> {
    const parent = new Deno.Command("unshare", {
      args: [...namespaces.flatMap((name) => FLAGS[name]), "--fork", "--kill-child", "sh", "-c", "echo; exec cat"],
      uid,
      gid: uid,
      cwd: "/",
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const { done } = await parent.stdout.getReader().read();
    if (done) throw new Error(`unshare ${namespaces} ended with ${(await parent.status).code}`);
    const [child] = Deno.readTextFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`).trim().split(" ");
    await until(() => Deno.readTextFileSync(`/proc/${child}/comm`) === "cat\n", () => `${child} is not cat`);
    return new OtherProcess(Number(child), parent);
  }

  /** Path of the file that stands for a namespace. */
  file(name: string): string {
    return `/proc/${this.pid}/ns/${name}`;
  }

  /** What the namespace is called, as in `net:[4026531840]`. */
  id(name: string): string {
    return Deno.readLinkSync(this.file(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parent.stdin.close().catch(() => {});
    await this.parent.status;
  }
}
