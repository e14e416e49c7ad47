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

/** What a guest of another architecture runs, for this machine's programs do not run there. */
export interface ForeignSystem extends Required<GuestKernel> {
  readonly busybox: string;
}

/** Debian's kernel and busybox for aarch64, from the same places as this machine's packages; nothing is installed. */
export async function findAarch64(): Promise<ForeignSystem> {
  const directory = `${CACHE}/aarch64`;
  try {
    Deno.statSync(directory);
  } catch {
    await fetchAarch64(directory);
  }
  return { image: `${directory}/vmlinuz`, modules: directory, busybox: `${directory}/busybox` };
}

async function fetchKernel(directory: string): Promise<void> {
  const name = await newestKernel("linux-image-cloud-amd64");
  await fetchPackages(directory, [name]);
}

async function fetchAarch64(directory: string): Promise<void> {
  const state = Deno.makeTempDirSync({ prefix: "redpak-apt-" });
  try {
    // Where apt becomes a user of its own, that one must reach it.
    Deno.chmodSync(state, 0o755);
    Deno.mkdirSync(`${state}/lists/partial`, { recursive: true });
    Deno.mkdirSync(`${state}/cache/archives/partial`, { recursive: true });
    Deno.writeTextFileSync(`${state}/status`, "");
    const settings = {
      "APT::Architecture": "arm64",
      "APT::Architectures": "arm64",
      "Dir::State": state,
      "Dir::State::status": `${state}/status`,
      "Dir::Cache": `${state}/cache`,
      "Acquire::Languages": "none",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    await output("apt-get", ...options, "-qq", "update");
    const name = await newestKernel("linux-image-cloud-arm64", options);
    await fetchPackages(directory, [name, "busybox-static"], options);
  } finally {
    Deno.removeSync(state, { recursive: true });
  }
}

async function newestKernel(metapackage: string, options: readonly string[] = []): Promise<string> {
  const dependencies = await output("apt-cache", ...options, "depends", metapackage);
  const name = /Depends: (linux-image-\S+)/.exec(dependencies)?.[1];
  if (name === undefined) throw new Error(`apt knows no ${metapackage}`);
  return name;
}

const UNPACK =
  `cd "$1"; shift; apt-get -qq "$@"; for package in ./*.deb; do dpkg -x $package unpacked; done; mkdir files
find unpacked -name "*.ko" -exec mv -t files {} +; mv unpacked/boot/vmlinuz-* files/vmlinuz
[ ! -e unpacked/bin/busybox ] || mv unpacked/bin/busybox files`;

/** Makes a directory of the files that a guest takes from packages. */
async function fetchPackages(
  directory: string,
  names: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  Deno.mkdirSync(CACHE, { recursive: true });
  const scratch = Deno.makeTempDirSync({ dir: CACHE });
  try {
    await output("sh", "-ec", UNPACK, "sh", scratch, ...options, "download", ...names);
    Deno.renameSync(`${scratch}/files`, directory);
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

export async function output(program: string, ...args: string[]): Promise<string> {
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!result.success) throw new Error(`${program}: ${new TextDecoder().decode(result.stderr).trim()}`);
  return new TextDecoder().decode(result.stdout);
}
