/**
 * A virtual machine for what the machine of the tests may not have: a pure version 2 tree of control groups, security
 * modules, a root file system that nobody can write to. It is a kernel, busybox and the binary in an initramfs; a shell script in it says `ok NAME` or `not ok NAME: REASON`.
 */
import { type CpioEntry, writeCpio } from "./_cpio.ts";
import { findAarch64, findKernel, type ForeignSystem, output } from "./_kernel.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Gets what the guest prints, while it does. */
const LOG = Deno.env.get("REDPAK_VM_LOG");
export const REDPAK = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;

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

/** Why there can be no aarch64 one here. */
export async function reasonToSkipAarch64(): Promise<string | undefined> {
  if (await which("qemu-system-aarch64") === undefined) {
    return "there is no qemu-system-aarch64 (package qemu-system-arm)";
  }
  try {
    // For the probes.
    Deno.statSync("/usr/aarch64-linux-gnu/include/stdio.h");
  } catch {
    return "there is no C library for aarch64 (package libc6-dev-arm64-cross)";
  }
  try {
    await findAarch64();
  } catch (error) {
    return `no system can be had: ${error instanceof Error ? error.message : error}`;
  }
}

async function which(program: string): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
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
for module in $(cat /modules/order); do insmod /modules/$module.ko; done
exec INIT
`;

/** PID 1 of a guest that does nothing but run the script. */
const RUN_SCRIPT = `sh -c 'sh /script; echo "end of script"; reboot -f'`;

const DIRECTORIES = ["bin", "dev", "etc", "lib", "lib64", "newroot", "nodes", "proc", "root", "run", "sys", "tmp"];

/** Files of a guest by their paths. */
export type GuestFiles = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

async function guestEntries(
  { files, script, init = RUN_SCRIPT, modules = [], programs = [], copies: others = [] }: Guest,
  foreign: ForeignSystem | undefined,
): Promise<CpioEntry[]> {
  const kernel = foreign ?? await findKernel();
  const loaded = kernel.modules === undefined ? [] : modules;
  const texts: GuestFiles = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nuser:x:1000:\n",
    "modules/order": loaded.join(" "),
    script,
    ...files,
  };
  const copies = new Map([["bin/busybox", foreign?.busybox ?? await which("busybox") ?? ""]]);
  if (foreign === undefined) copies.set("bin/redpak", REDPAK);
  for (const name of loaded) copies.set(`modules/${name}.ko`, `${kernel.modules}/${name}.ko`);
  for (const program of programs) copies.set(`bin/${program}`, await which(program) ?? "");
  for (const path of others) copies.set(path.slice(1), path);
  // Static programs, as all of a foreign guest's are, have none.
  const linked = [copies.get("bin/redpak") ?? [], ...programs.map((name) => copies.get(`bin/${name}`)!), ...others]
    .flat();
  for (const program of linked) {
    for (const library of await libraries(program)) copies.set(library.slice(1), library);
  }
  const all: CpioEntry[] = [
    ...Object.entries(texts).map(([path, text]) => ({
      path,
      kind: "file",
      mode: isProgram(text) ? 0o755 : 0o644,
      content: typeof text === "string" ? new TextEncoder().encode(text) : text,
    } as const)),
    ...[...copies].map(([path, source]) => ({
      path,
      kind: "file",
      mode: 0o755,
      content: Deno.readFileSync(source),
    } as const)),
    { path: "init", kind: "file", mode: 0o755, content: new TextEncoder().encode(INIT.replace("INIT", () => init)) },
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

/** An ELF file. */
function isProgram(content: string | Uint8Array): boolean {
  return typeof content !== "string" && content[0] === 0x7f;
}

export interface Guest {
  readonly script: string;
  /** Without redpak and this machine's other programs. */
  readonly architecture?: "aarch64";
  readonly files?: GuestFiles;
  /** Of the kernel, as in `lsm=apparmor`. */
  readonly parameters?: string;
  /** Of the kernel, loaded before the script in this order: what one needs comes before it. */
  readonly modules?: readonly string[];
  /** Bytes of an empty disk, `/dev/vda`. */
  readonly disk?: number;
  /** The command line of what becomes PID 1, instead of running the script. */
  readonly init?: string;
  /** Programs of this machine that the guest has at the same paths. */
  readonly copies?: readonly string[];
  /** Programs of this machine that the guest has, too, in /bin. */
  readonly programs?: readonly string[];
}

/** What a disk takes, each behind what it needs. */
const DISK_MODULES = [
  "virtio_ring",
  "virtio",
  "virtio_pci_legacy_dev",
  "virtio_pci_modern_dev",
  "virtio_pci",
  "virtio_blk",
];

/**
 * How long a guest may say nothing: a guest that hangs is found, and one on a machine with other things to do is not, however
 * long all of it takes.
 */
const MINUTES = 10;

interface Machine {
  readonly program: string;
  readonly machine: readonly string[];
  readonly console: string;
  readonly parameters: string;
}

/**
 * The small one boots sooner, and has no place for a disk that this kernel looks at. An old processor, and a kernel that trusts
 * it: what neither has need not be emulated, which is a quarter of the time.
 */
function x86Machine(hasDisk: boolean): Machine {
  return {
    program: "qemu-system-x86_64",
    machine: ["-M", hasDisk ? "pc" : "microvm,acpi=off,rtc=on,isa-serial=on", "-cpu", "Nehalem-v1"],
    console: "ttyS0",
    parameters: "reboot=t tsc=reliable mitigations=off",
  };
}

const AARCH64: Machine = {
  program: "qemu-system-aarch64",
  machine: ["-M", "virt", "-cpu", "max,pauth-impdef=on"],
  console: "ttyAMA0",
  parameters: "",
};

/** Boots a guest, runs a shell script in it, and gives what it printed. */
export async function boot(guest: Guest): Promise<readonly string[]> {
  const { disk } = guest;
  const modules = [...disk === undefined ? [] : DISK_MODULES, ...guest.modules ?? []];
  const scratch = Deno.makeTempDirSync({ prefix: "redpak-vm-" });
  try {
    const foreign = guest.architecture === "aarch64" ? await findAarch64() : undefined;
    writeCpio(await guestEntries({ ...guest, modules }, foreign), `${scratch}/initramfs`);
    const image = `${scratch}/disk`;
    Deno.createSync(image).truncateSync(disk);
    const { program, machine, console, parameters } = foreign === undefined ? x86Machine(disk !== undefined) : AARCH64;
    const drive = ["-drive", `file=${image},format=raw,if=none,id=disk`, "-device", "virtio-blk-pci,drive=disk"];
    const child = new Deno.Command(program, {
      args: [
        ...[...machine, "-accel", "tcg", "-m", "1024", "-smp", "1"],
        ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"],
        ...disk === undefined ? [] : drive,
        ...["-kernel", (foreign ?? await findKernel()).image, "-initrd", `${scratch}/initramfs`],
        "-append",
        `console=${console} loglevel=0 panic=-1 random.trust_cpu=on ${parameters} ${guest.parameters ?? ""}`,
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
