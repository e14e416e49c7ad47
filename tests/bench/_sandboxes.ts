/** The same sandbox, as far as each can build it: redpak's ways to start a node, its peers', and the least that any launch costs. */

import { isThere as isProgram } from "./_measure.ts";

/** An ordinary user, who may have no ids but its own. */
export const USER = 61_240;

export interface Sandbox {
  readonly name: string;
  /** Who starts it. */
  readonly uid: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The words that start a program in it; the number tells apart those that run at the same time. */
  readonly start: (program: readonly string[], number: number) => readonly string[];
}

export interface Places {
  /** An empty directory that every user may read. */
  readonly scratch: string;
  readonly redpak: string;
  readonly floor: string;
}

/** What of the host is shown, read-only. */
const SHOWN = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/passwd", "/etc/group"].filter(isThere);
const SEARCH_PATH = "/usr/bin:/bin";
const HOSTNAME = "bench";

/** Debian's packages of the peers. */
export const PACKAGES = ["bubblewrap", "crun", "runc", "lxc", "systemd-container", "podman", "firejail"];

/** What can be had on this machine; the others are named with the reason. */
export function sandboxes(places: Places): { readonly all: Sandbox[]; readonly missing: string[] } {
  const all = [...floors(places), ...redpaks(places)];
  const missing: string[] = [];
  for (const [program, make] of Object.entries(PEERS)) {
    if (isProgram(program)) all.push(...make(places));
    else missing.push(`${program} is not installed`);
  }
  const working = all.filter((sandbox) => {
    const reason = failure(sandbox);
    if (reason !== undefined) missing.push(`${sandbox.name}: ${reason}`);
    return reason === undefined;
  });
  return { all: working, missing };
}

/** Why it starts nothing here. */
function failure({ uid, env = {}, start }: Sandbox): string | undefined {
  const [command = "", ...args] = start(["true"], 0);
  const ids = uid === 0 ? {} : { uid, gid: uid };
  const { success, stderr } = new Deno.Command(command, { args, env, stdin: "null", stdout: "null", ...ids })
    .outputSync();
  return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").at(-1) || "it fails";
}

function floors({ floor }: Places): Sandbox[] {
  const start = (program: readonly string[]) => [floor, ...absolute(program)];
  return [
    { name: "fork and exec", uid: 0, start: absolute },
    { name: "floor", uid: 0, start },
    { name: "floor as a user", uid: USER, start },
  ];
}

function redpaks({ scratch, redpak }: Places): Sandbox[] {
  return [0, USER].flatMap((uid): Sandbox[] => {
    const who = uid === 0 ? "" : " as a user";
    const directory = `${scratch}/${uid}`;
    const [node, alone, runtime] = [`${directory}/node`, `${directory}/alone`, `${directory}/runtime`];
    Deno.mkdirSync(runtime, { recursive: true, mode: 0o700 });
    for (const path of [directory, runtime]) Deno.chownSync(path, uid, uid);
    const env = { XDG_RUNTIME_DIR: runtime };
    const run = (...args: string[]) => must(redpak, args, { uid, env });
    // Who is PID 1 could outlive its launcher.
    const configurations = { [node]: CONFIGURATION, [alone]: CONFIGURATION.replace(ENDING, "init: none") };
    for (const [path, configuration] of Object.entries(configurations)) {
      Deno.writeTextFileSync(`${directory}/node.yaml`, configuration);
      run("create", path, "--alias", HOSTNAME, "--template", `${directory}/node.yaml`);
    }
    const sealed = new Map<string, string>();
    const launcherOf = (node: string) => ([name = "", ...args]: readonly string[]) => {
      const key = `${node} ${name}`;
      const file = sealed.get(key) ?? `${directory}/launcher-${sealed.size}`;
      if (!sealed.has(key)) run("seal", node, "--output", file, "--", name);
      sealed.set(key, file);
      return [file, ...args];
    };
    return [
      { name: `redpak, sealed${who}`, uid, env, start: launcherOf(node) },
      { name: `redpak, sealed, init: none${who}`, uid, env, start: launcherOf(alone) },
      { name: `redpak run${who}`, uid, env, start: (program) => [redpak, "run", node, "--", ...program] },
    ];
  });
}

const ENDING = "die-with-parent: Enabled";
const CONFIGURATION = `headers: { alias: ${HOSTNAME} }
exports:
${SHOWN.map((path) => `  - { mode: Restricted, mount: ${path} }\n`).join("")}  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
  - { mode: Anonymous, mount: /run }
  - { mode: Anonymous, mount: /var }
config: { path: "${SEARCH_PATH}", hostname: ${HOSTNAME}, ${ENDING}, share_net: enabled }
`;

const PEERS: Readonly<Record<string, (places: Places) => Sandbox[]>> = {
  bwrap: () => [0, USER].map((uid) => ({ name: `bwrap${uid === 0 ? "" : " as a user"}`, uid, start: bubblewrap })),
  crun: ({ scratch }) => [
    { name: "crun", uid: 0, start: oci(scratch, ["crun"], 0) },
    {
      name: "crun as a user",
      uid: USER,
      env: { XDG_RUNTIME_DIR: `${scratch}/${USER}/runtime` },
      start: oci(scratch, ["crun", "--cgroup-manager=disabled"], USER),
    },
  ],
  runc: ({ scratch }) => [{ name: "runc", uid: 0, start: oci(scratch, ["runc"], 0) }],
  "lxc-execute": ({ scratch }) => [{ name: "lxc-execute", uid: 0, start: lxc(scratch) }],
  firejail: () => [{ name: "firejail", uid: 0, start: firejail }],
  "systemd-nspawn": ({ scratch }) => [{ name: "systemd-nspawn", uid: 0, start: nspawn(scratch) }],
  podman: ({ scratch }) => [{ name: "podman", uid: 0, start: podman(scratch) }],
};

function bubblewrap(program: readonly string[]): string[] {
  return [
    "bwrap",
    ...["user", "pid", "ipc", "uts", "cgroup"].map((name) => `--unshare-${name}`),
    ...["--hostname", HOSTNAME, "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"],
    ...["--setenv", "PATH", SEARCH_PATH],
    ...SHOWN.flatMap((path) => ["--ro-bind", path, path]),
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/run", "--dir", "/var"],
    ...program,
  ];
}

/** A bundle for the runtimes of the Open Container Initiative; each program has its own. */
function oci(scratch: string, runtime: readonly string[], uid: number): Sandbox["start"] {
  const bundles = new Map<string, string>();
  return (program, number) => {
    const key = program.join(" ");
    const bundle = bundles.get(key) ?? `${scratch}/bundle-${runtime[0]}-${uid}-${bundles.size}`;
    if (!bundles.has(key)) {
      Deno.mkdirSync(`${bundle}/rootfs`, { recursive: true });
      Deno.writeTextFileSync(`${bundle}/config.json`, JSON.stringify(ociConfiguration(program, uid)));
    }
    bundles.set(key, bundle);
    return [...runtime, "run", "--bundle", bundle, `redpak-bench-${uid}-${number}`];
  };
}

function ociConfiguration(args: readonly string[], uid: number) {
  const namespaces = ["mount", "pid", "ipc", "uts", "cgroup", ...uid === 0 ? [] : ["user"]].map((type) => ({ type }));
  const tmpfs = (destination: string, mode: string) => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "nodev", `mode=${mode}`],
  });
  const map = [{ containerID: 0, hostID: uid, size: 1 }];
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args,
      env: [`PATH=${SEARCH_PATH}`],
      cwd: "/",
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], permitted: [] },
    },
    root: { path: "rootfs" },
    hostname: HOSTNAME,
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      tmpfs("/dev", "755"),
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"] },
      tmpfs("/dev/shm", "1777"),
      tmpfs("/tmp", "1777"),
      tmpfs("/run", "755"),
      tmpfs("/var", "755"),
      ...SHOWN.map((path) => ({
        destination: path,
        type: "bind",
        source: Deno.realPathSync(path),
        options: ["rbind", "ro", "nosuid", "nodev"],
      })),
    ],
    linux: { namespaces, ...uid === 0 ? {} : { uidMappings: map, gidMappings: map } },
  };
}

function lxc(scratch: string): Sandbox["start"] {
  const root = `${scratch}/lxc/rootfs`;
  makePlaces(root);
  const file = `${scratch}/lxc/config`;
  Deno.writeTextFileSync(
    file,
    `lxc.rootfs.path = dir:${root}
lxc.uts.name = ${HOSTNAME}
lxc.autodev = 1
lxc.mount.auto = proc:rw
lxc.namespace.keep = net
${SHOWN.map((path) => `lxc.mount.entry = ${path} ${path.slice(1)} none rbind,ro\n`).join("")}`,
  );
  return (program, number) => ["lxc-execute", "-q", "-n", `redpak-bench-${number}`, "-f", file, "--", ...program];
}

/** It hides what is not listed, instead of showing what is. */
function firejail(program: readonly string[]): string[] {
  return [
    "firejail",
    "--quiet",
    "--noprofile",
    "--private",
    "--private-dev",
    "--private-tmp",
    "--caps.drop=all",
    ...program,
  ];
}

function nspawn(scratch: string): Sandbox["start"] {
  const root = `${scratch}/nspawn`;
  makePlaces(root);
  return (program, number) => [
    "systemd-nspawn",
    ...["--quiet", "--register=no", "--keep-unit", "--as-pid2", `--machine=redpak-bench-${number}`],
    ...[`--directory=${root}`, "--volatile=no", "--read-only"],
    ...SHOWN.map((path) => `--bind-ro=${path}`),
    ...program,
  ];
}

function podman(scratch: string): Sandbox["start"] {
  const root = `${scratch}/podman/rootfs`;
  makePlaces(root);
  return (program) => [
    "podman",
    ...[
      "--cgroup-manager=cgroupfs",
      `--root=${scratch}/podman/store`,
      `--runroot=${scratch}/podman/run`,
      "run",
      "--rm",
    ],
    ...["--network=host", "--cgroups=disabled", "--log-driver=none"],
    ...SHOWN.map((path) => `--volume=${path}:${path}:ro`),
    ...["--rootfs", root],
    ...program,
  ];
}

/** What is bound has to be there in a root that is no file system of its own. */
function makePlaces(root: string): void {
  for (const path of ["/proc", "/dev", "/sys", "/tmp", "/run", "/var", "/etc", "/root"]) {
    Deno.mkdirSync(root + path, { recursive: true });
  }
  for (const path of SHOWN) {
    if (Deno.statSync(path).isDirectory) Deno.mkdirSync(root + path, { recursive: true });
    else Deno.writeTextFileSync(root + path, "");
  }
}

function absolute([name = "", ...args]: readonly string[]): string[] {
  return [`/bin/${name}`, ...args];
}

export function must(
  command: string,
  args: readonly string[],
  { uid = 0, env = {} }: { uid?: number; env?: Readonly<Record<string, string>> } = {},
): string {
  const ids = uid === 0 ? {} : { uid, gid: uid };
  const { success, stdout, stderr } = new Deno.Command(command, { args: [...args], env, stdin: "null", ...ids })
    .outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} ${args[0]}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
