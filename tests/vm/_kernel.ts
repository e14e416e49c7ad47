/** Where it is kept once it has been fetched. */
const CACHE = Deno.env.get("REDPAK_VM_CACHE") ?? new URL("../../.cache/vm", import.meta.url).pathname;

export interface GuestKernel {
  readonly image: string;
  /** Has a file `NAME.ko` for each module; absent where all is built in. */
  readonly modules?: string;
}

/**
 * The kernel to boot: the one that `REDPAK_VM_KERNEL` names, which has all built in, else Debian's for virtual machines,
 * which is downloaded and unpacked, never installed.
 */
export async function findKernel(): Promise<GuestKernel> {
  const named = Deno.env.get("REDPAK_VM_KERNEL");
  if (named !== undefined) return { image: named };
  const kernel = { image: `${CACHE}/kernel/vmlinuz`, modules: `${CACHE}/kernel` };
  try {
    Deno.statSync(kernel.image);
  } catch {
    await fetchKernel(kernel.modules);
  }
  return kernel;
}

const UNPACK = `cd "$1"; apt-get download -qq "$2"; dpkg -x ./*.deb unpacked; mkdir kernel
find unpacked -name "*.ko" -exec mv -t kernel {} +; mv unpacked/boot/vmlinuz-* kernel/vmlinuz`;

async function fetchKernel(directory: string): Promise<void> {
  const dependencies = await output("apt-cache", "depends", "linux-image-cloud-amd64");
  const name = /Depends: (linux-image-\S+)/.exec(dependencies)?.[1];
  if (name === undefined) throw new Error("apt knows no linux-image-cloud-amd64");
  Deno.mkdirSync(CACHE, { recursive: true });
  const scratch = Deno.makeTempDirSync({ dir: CACHE });
  try {
    await output("sh", "-ec", UNPACK, "sh", scratch, name);
    Deno.renameSync(`${scratch}/kernel`, directory);
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

export async function output(program: string, ...args: string[]): Promise<string> {
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!result.success) throw new Error(`${program}: ${new TextDecoder().decode(result.stderr).trim()}`);
  return new TextDecoder().decode(result.stdout);
}
