/**
 * A virtual machine for what the machine of the tests may not have: a pure version 2 tree of control groups, security
 * modules, a root file system that nobody can write to. It is a kernel, busybox and the binary in an initramfs; a shell script in it says `ok NAME` or `not ok NAME: REASON`.
 */
import { type CpioEntry, writeCpio } from "./_cpio.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Where the kernel is kept once it has been fetched. */
const CACHE = Deno.env.get("REDPAK_VM_CACHE") ?? `${root}.cache/vm`;
/** Gets what the guest prints, while it does. */
const LOG = Deno.env.get("REDPAK_VM_LOG");
const REDPAK = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;

/** Why there can be no virtual machine here. */
export async function reasonToSkip(): Promise<string | undefined> {
  if (Deno.build.arch !== "x86_64") return "the virtual machine is an x86_64 one";
  for (const program of ["qemu-system-x86_64", "busybox"]) {
    if (await which(program) === undefined) return `there is no ${program} here (scripts/setup)`;
  }
  try {
    await findKernel();
  } catch (error) {
    return `no kernel can be had: ${error instanceof Error ? error.message : error}`;
  }
}

async function output(program: string, ...args: string[]): Promise<string> {
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!result.success) throw new Error(`${program}: ${new TextDecoder().decode(result.stderr).trim()}`);
  return new TextDecoder().decode(result.stdout);
}

async function which(program: string): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}

/**
 * The kernel to boot: the one that `REDPAK_VM_KERNEL` names, else Debian's for virtual machines, which is downloaded and
 * unpacked, never installed.
 */
async function findKernel(): Promise<string> {
  const named = Deno.env.get("REDPAK_VM_KERNEL");
  if (named !== undefined) return named;
  const kernel = `${CACHE}/vmlinuz`;
  try {
    Deno.statSync(kernel);
    return kernel;
  } catch {
    const dependencies = await output("apt-cache", "depends", "linux-image-cloud-amd64");
    const name = /Depends: (linux-image-\S+)/.exec(dependencies)?.[1];
    if (name === undefined) throw new Error("apt knows no linux-image-cloud-amd64");
    Deno.mkdirSync(CACHE, { recursive: true });
    const scratch = Deno.makeTempDirSync({ dir: CACHE });
    try {
      await output("sh", "-ec", `cd "$1" && apt-get download -qq "$2" && dpkg -x ./*.deb .`, "sh", scratch, name);
      const image = [...Deno.readDirSync(`${scratch}/boot`)].find((entry) => entry.name.startsWith("vmlinuz-"));
      Deno.renameSync(`${scratch}/boot/${image?.name}`, kernel);
    } finally {
      Deno.removeSync(scratch, { recursive: true });
    }
    return kernel;
  }
}

/** Where what a program links to is found. */
async function libraries(program: string): Promise<string[]> {
  const lines = (await output("ldd", program)).split("\n");
  return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** Brings up the guest and runs `/script`; the kernel's own root file system cannot be pivoted, its bind mount can. */
const INIT = `#!/bin/busybox sh
export PATH=/bin
if [ "$1" != moved ]; then
  busybox mount -o bind / /newroot; cd /newroot; busybox mount -o move . /
  exec busybox chroot . /init moved
fi
busybox mount -t proc proc /proc; busybox --install -s /bin
mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=1777 tmp /tmp; mount -t tmpfs run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec </dev/console >/dev/console 2>&1
ip link set lo up
sh /script
echo "end of script"
reboot -f
`;

const DIRECTORIES = ["bin", "dev", "etc", "lib", "lib64", "newroot", "nodes", "proc", "root", "run", "sys", "tmp"];

/** Files of a guest by their paths. */
export type GuestFiles = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

async function guestEntries(files: GuestFiles, script: string): Promise<CpioEntry[]> {
  const texts: GuestFiles = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nuser:x:1000:\n",
    script,
    ...files,
  };
  const copies = new Map([["bin/busybox", await which("busybox") ?? ""], ["bin/redpak", REDPAK]]);
  for (const library of await libraries(REDPAK)) copies.set(library.slice(1), library);
  const all: CpioEntry[] = [
    ...Object.entries(texts).map(([path, text]) => ({
      path,
      kind: "file",
      mode: 0o644,
      content: typeof text === "string" ? new TextEncoder().encode(text) : text,
    } as const)),
    ...[...copies].map(([path, source]) => ({
      path,
      kind: "file",
      mode: 0o755,
      content: Deno.readFileSync(source),
    } as const)),
    { path: "init", kind: "file", mode: 0o755, content: new TextEncoder().encode(INIT) },
    { path: "dev/console", kind: "device", mode: 0o600, device: [5, 1] },
    { path: "dev/null", kind: "device", mode: 0o666, device: [1, 3] },
  ];
  // Parents come before what is in them.
  const parents = all.flatMap(({ path }) =>
    path.split("/").slice(0, -1).map((_, end, parts) => parts.slice(0, end + 1))
  );
  const directories = new Set([...DIRECTORIES, ...parents.map((parts) => parts.join("/"))]);
  return [
    ...[...directories].sort().map((path) => ({ path, kind: "directory", mode: 0o755 } as const)),
    ...all,
  ];
}

export interface Guest {
  readonly script: string;
  readonly files?: GuestFiles;
  /** Of the kernel, as in `lsm=apparmor`. */
  readonly parameters?: string;
}

/**
 * How long a guest may say nothing: a guest that hangs is found, and one on a machine with other things to do is not, however
 * long all of it takes.
 */
const MINUTES = 10;

/** Boots a guest, runs a shell script in it, and gives what it printed. */
export async function boot({ script, files = {}, parameters = "" }: Guest): Promise<readonly string[]> {
  const scratch = Deno.makeTempDirSync({ prefix: "redpak-vm-" });
  try {
    writeCpio(await guestEntries(files, script), `${scratch}/initramfs`);
    const child = new Deno.Command("qemu-system-x86_64", {
      args: [
        ...["-M", "microvm,acpi=off,rtc=on,isa-serial=on", "-accel", "tcg", "-cpu", "max", "-m", "1024", "-smp", "1"],
        ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"],
        ...["-kernel", await findKernel(), "-initrd", `${scratch}/initramfs`],
        ...["-append", `console=ttyS0 loglevel=0 panic=-1 reboot=t random.trust_cpu=on tsc=reliable ${parameters}`],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let text = "";
    const say = (part: string) => {
      text += part;
      if (LOG !== undefined) Deno.writeTextFileSync(LOG, part, { append: true });
    };
    const giveUp = () => {
      say(`\nkilled: it said nothing for ${MINUTES} minutes`);
      child.kill("SIGKILL");
    };
    let timer = setTimeout(giveUp, MINUTES * 60_000);
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer);
      say(part);
      timer = setTimeout(giveUp, MINUTES * 60_000);
    }
    clearTimeout(timer);
    await child.status;
    // deno-lint-ignore no-control-regex -- what the console puts between the lines
    return text.replaceAll(/\r|\x1b\[[0-9;?]*[A-Za-z]|\x1bc/g, "").split("\n");
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}
