/** Nodes that packages with scripts find everything in that they need, and packages that write down what is run. */
import { buildPackage, type Package, SCRIPTS, type Trigger } from "./_rpm.ts";
import { type Built, PackageScene } from "./_transaction.ts";

/** Where scripts write down that they have been run: as in the node. */
export const LOG = "/var/log/scripts";

const PROGRAMS = [
  "sh",
  "cat",
  "tr",
  "echo",
  "sleep",
  "touch",
  "ls",
  "id",
  "mkdir",
  "rm",
  "ln",
  "mv",
  "kill",
  "chmod",
  "env",
];

const CONFIG = `exports:
  - { mode: Private, mount: /usr, path: $NODE_PATH/usr }
  - { mode: Private, mount: /var, path: $NODE_PATH/var }
  - { mode: Private, mount: /opt, path: $NODE_PATH/opt }
  - { mode: Private, mount: /etc, path: $NODE_PATH/etc }
  - { mode: Symlink, mount: /bin, path: usr/bin }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
`;

const TRIGGERS = ["triggerprein", "triggerin", "triggerun", "triggerpostun"] as const;
const FILE_TRIGGERS = [
  "filetriggerin",
  "filetriggerun",
  "filetriggerpostun",
  "transfiletriggerin",
  "transfiletriggerun",
  "transfiletriggerpostun",
] as const;

export class ScriptedScene extends PackageScene {
  constructor() {
    super();
    Deno.chmodSync(this.path, 0o755);
  }

  /** A root directory with a shell of its own, for rpm(8). */
  root(name: string): string {
    const path = `${this.path}/${name}`;
    for (const directory of ["usr/bin", "var/log", "var/tmp", "etc", "opt", "tmp"]) {
      Deno.mkdirSync(`${path}/${directory}`, { recursive: true });
    }
    Deno.symlinkSync("usr/bin", `${path}/bin`);
    Deno.copyFileSync("/bin/busybox", `${path}/usr/bin/busybox`);
    for (const program of PROGRAMS) Deno.symlinkSync("busybox", `${path}/usr/bin/${program}`);
    return path;
  }

  /** A node that is such a root directory, and shows all of it to its programs. */
  scriptedNode(name: string, more = "config:\n  path: /usr/bin\n"): string {
    const path = this.root(name);
    Deno.removeSync(`${path}/bin`);
    Deno.removeSync(`${path}/tmp`);
    const write = (file: string, text: string) => Deno.writeTextFileSync(`${path}/${file}`, text);
    write(".rednode.yaml", `realpath: ${path}\ntimestamp: 1700000000000\nstate: Enable\n`);
    const headers = (alias: string) => `headers:\n  alias: ${alias}\n  name: ${alias}\n  info: test\n`;
    const alias = name.split("/").at(-1)!;
    write("etc/redpak.yaml", `${headers(alias)}${CONFIG}${more}`);
    write("etc/redpak-admin.yaml", headers(`${alias}-admin`));
    return path;
  }

  /** A package whose scripts and triggers write down what they are, what they are given, and what they read. */
  logging(
    name: string,
    version: string,
    on: readonly string[],
    prefix: string | undefined,
    more: Partial<Package> = {},
  ): Built {
    const entry = (kind: string, input: string) => `echo "${kind} ${name}-${version} $*${input}" >>${LOG}`;
    const triggers: Trigger[] = [
      ...on.flatMap((each) => TRIGGERS.map((kind) => ({ kind, on: each, script: entry(kind, "") }))),
      ...prefix === undefined
        ? []
        : FILE_TRIGGERS.map((kind) => ({ kind, on: prefix, script: entry(kind, " $(tr '\\n' ' ')") })),
    ];
    const file = buildPackage({
      name,
      version,
      files: {
        [`/opt/${name}/f`]: { content: version },
        [`/opt/${name}/d/${version}`]: { content: version },
      },
      scripts: Object.fromEntries(SCRIPTS.map((kind) => [kind, { script: entry(kind, "") }])),
      triggers,
      ...more,
    }, `${this.path}/packages`);
    return { name, evr: `${version}-1`, arch: "noarch", file };
  }
}

/** What has been run in a root directory since the last time. */
export function takeLog(root: string): string[] {
  try {
    const lines = Deno.readTextFileSync(root + LOG).split("\n").map((line) => line.trim()).filter((line) =>
      line !== ""
    );
    Deno.removeSync(root + LOG);
    return lines;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Runs rpm(8) on packages in a root directory. */
export function rpm(root: string, ...args: readonly string[]): void {
  const { success, stderr } = new Deno.Command("rpm", {
    args: ["--root", root, "--dbpath", "/usr/lib/sysimage/rpm", "--nodeps", "--force-debian", ...args],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
