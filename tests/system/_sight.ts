/** What a program finds in its sandbox, seen from outside: so that it needs neither a procfs nor a shell of its own. */
import { parseMountInfo } from "../../src/host/mount_info.ts";
import { compile } from "./_compile.ts";

export const PROBE = await compile("probe.c", "-static");

const NAMESPACES = ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup", "time"];
const CREDENTIALS = /^(?:Uid|Gid|Groups|Cap\w+|NoNewPrivs):/;

export interface Sight {
  /** Mounts as `root-within-fs mount-point type options`, in the order of their mount points. */
  readonly mounts: readonly string[];
  readonly environment: readonly string[];
  /** Ids as the host has them, capability sets, no_new_privs: lines of /proc/PID/status. */
  readonly credentials: readonly string[];
  readonly idMaps: readonly string[];
  /** What each namespace is: `new`, the host's, or that of another process by its number. */
  readonly namespaces: readonly string[];
  readonly hostname: string;
  readonly directory: string;
  /** The first levels of the tree as `type mode path`, with what links lead to and small files hold. */
  readonly files: readonly string[];
}

/** Starts a command whose program is the probe; undefined when it fails to start it. */
export async function sightOf(command: readonly string[], others: readonly string[] = []): Promise<Sight | string> {
  const [program = "", ...args] = command;
  const process = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const complaint = new Response(process.stderr).text();
  const output = process.stdout.getReader();
  try {
    const { value } = await output.read();
    if (value === undefined) return await complaint;
    const [, hostname = "", directory = ""] = /^(\S*) (.*)\n$/.exec(new TextDecoder().decode(value)) ?? [];
    const pid = findProbe(process.pid);
    const read = (name: string) => Deno.readTextFileSync(`/proc/${pid}/${name}`);
    return {
      mounts: mountsOf(read("mountinfo")),
      environment: read("environ").split("\0").slice(0, -1).toSorted(),
      credentials: read("status").split("\n").filter((line) => CREDENTIALS.test(line)),
      idMaps: ["uid_map", "gid_map"].map((name) => `${name}: ${read(name).trim().replace(/\s+/g, " ")}`),
      namespaces: NAMESPACES.map((name) => `${name}: ${nameNamespace(pid, name, others)}`),
      hostname,
      directory,
      files: [...filesOf(`/proc/${pid}/root`, "", 3)].toSorted(),
    };
  } finally {
    await process.stdin.close().catch(() => {});
    await output.cancel();
    await process.status;
    await complaint;
  }
}

function findProbe(pid: number): number {
  if (Deno.readTextFileSync(`/proc/${pid}/comm`) === "probe\n") return pid;
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
  for (const child of children === "" ? [] : children.split(" ")) {
    const found = findProbe(Number(child));
    if (found !== 0) return found;
  }
  return 0;
}

function nameNamespace(pid: number, name: string, others: readonly string[]): string {
  const id = Deno.readLinkSync(`/proc/${pid}/ns/${name}`);
  if (id === Deno.readLinkSync(`/proc/self/ns/${name}`)) return "the host's";
  return others.includes(id) ? "joined" : "new";
}

function mountsOf(text: string): string[] {
  return parseMountInfo(text).map(({ mountPoint, root, type, options }) =>
    `${mountPoint} ${root} ${type} ${[...options].join()}`
  ).toSorted();
}

/** File systems whose content is the kernel's, or the host's: that they are there is all there is to compare. */
const FOREIGN = ["/proc", "/sys", "/bin", "/lib", "/lib64", "/usr"];

function* filesOf(root: string, path: string, levels: number): Generator<string> {
  for (const { name } of Deno.readDirSync(`${root}${path}`)) {
    const place = `${path}/${name}`;
    const { mode, isFile, isDirectory, isSymlink, size } = Deno.lstatSync(root + place);
    const content = isSymlink ? Deno.readLinkSync(root + place) : isFile && size < 100 ? read(root + place) : "";
    yield `${place} ${mode!.toString(8)} ${content}`;
    if (isDirectory && levels > 1 && !FOREIGN.includes(place)) yield* filesOf(root, place, levels - 1);
  }
}

function read(path: string): string {
  return JSON.stringify(Deno.readTextFileSync(path));
}
