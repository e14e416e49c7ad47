/** Tests that count what is left on the machine: each runs where nobody else does anything. */
import { exec, type Result } from "./_node.ts";

/**
 * Runs a script of this folder with pid and mount namespaces of its own and empty directories for temporary files, but for
 * one directory.
 */
export function runAlone(script: string, directory: string, ...args: readonly string[]): Result {
  // A shell is PID 1, to reap.
  const shell = `mount --make-rprivate / && mount --bind "$1" /mnt && mount -t tmpfs run /run &&
    mount -t tmpfs -o mode=1777 tmp /tmp && mount -t tmpfs -o mode=1777 shm /dev/shm && mkdir -p "$1" && mount --move /mnt "$1" && shift && "$@"; exit`;
  const path = new URL(script, import.meta.url).pathname;
  const command = ["sh", "-c", shell, "sh", directory, Deno.execPath(), "run", "-q", "--no-check", "-A", path, ...args];
  return exec("unshare", ["--pid", "--fork", "--mount-proc", "--mount", ...command]);
}

/** What there is of the machine at one moment, in the namespaces of {@link runAlone}. */
export interface Machine {
  readonly processes: readonly number[];
  /** By number and place. */
  readonly mounts: readonly string[];
  readonly files: readonly string[];
}

export function lookAtMachine(): Machine {
  const list = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name);
  return {
    processes: list("/proc").map(Number).filter((pid) => pid > 0),
    mounts: Deno.readTextFileSync("/proc/self/mountinfo").trimEnd().split("\n").map((line) => {
      const [id, , , , place] = line.split(" ");
      return `${id} at ${place}`;
    }),
    files: ["/run", "/run/redpak", "/tmp", "/dev/shm"].flatMap((path) => {
      try {
        return list(path).map((name) => `${path}/${name}`);
      } catch {
        return [];
      }
    }),
  };
}

/** What is there now that was not before, in words; the kernel takes its time for processes that have been killed. */
export async function leftSince(before: Machine): Promise<string[]> {
  const strangers = () => lookAtMachine().processes.filter((pid) => !before.processes.includes(pid));
  for (let tries = 0; tries < 500 && strangers().length > 0; tries++) await new Promise((done) => setTimeout(done, 20));
  const { mounts, files } = lookAtMachine();
  return [
    ...strangers().map((pid) => `process ${describe(pid)}`),
    // Those of others go when somebody removes the directory that they are on (detach_mounts of fs/namespace.c).
    ...mounts.filter((mount) => !before.mounts.includes(mount)).map((mount) => `mount ${mount}`),
    ...files.filter((file) => !before.files.includes(file)),
  ];
}

function describe(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`).split(" ").slice(0, 4).join(" ");
  } catch {
    return String(pid);
  }
}
