/** What state.c shows of a launched program, so that two launches can be compared. */

const HOST = ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup"].map((name) =>
  Deno.readLinkSync(`/proc/self/ns/${name}`)
);

/** Fields of proc_pid_status(5) that a launch decides about. */
const STATUS = /^(?:Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp\w*|Sig(?:Blk|Ign)|Umask|NSpid):/;

/**
 * What the program says, if it could say all of it, without what is new each time.
 *
 * @param shared the namespaces that are not its own, as links of procfs name them
 */
export function confinement(output: string, shared: readonly string[] = HOST): string | undefined {
  if (!output.endsWith("end=\n")) return undefined;
  return output.replace(/^\d+ \d+ \d+:\d+ /gm, "").split("\n")
    .filter((line) => !/^\w+:\s/.test(line) || STATUS.test(line))
    .map((line) => {
      const namespace = /^namespace=(.*)$/.exec(line)?.[1];
      return namespace === undefined ? line : `namespace=${shared.includes(namespace) ? namespace : "its own"}`;
    }).join("\n");
}

export function difference(usual: string, seen: string): string {
  const [before, now] = [usual.split("\n"), seen.split("\n")];
  return JSON.stringify([before.filter((line) => !now.includes(line)), now.filter((line) => !before.includes(line))]);
}
