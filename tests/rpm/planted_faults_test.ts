/** Faults of many kinds in an image of 50 nodes: all of them are found, where they are, and nothing else. */
import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { elfBytes } from "../../src/proof/elf/_elf.ts";
import { exec, redpak, rootTest, Scratch } from "../system/_node.ts";
import { type LargeImage, largeImage, LINKER, packagesOf } from "./_image.ts";
import { putInstalled } from "./_installed.ts";
import type { Package, PackageFile } from "./_rpm.ts";

const PACKAGES = 4;
const CONFIG = "etc/redpak.yaml";

/** A node of the image, to plant faults in. */
class Place {
  readonly path: string;
  readonly directory: string;
  readonly parent: string;

  constructor(readonly image: LargeImage, readonly alias: string) {
    const node = image.nodes.find((one) => one.alias === alias)!;
    this.path = node.path;
    this.directory = image.root + node.path;
    this.parent = node.parent?.alias ?? "";
  }

  edit(from: string, to: string, file = CONFIG): void {
    const text = Deno.readTextFileSync(`${this.directory}/${file}`);
    assert(text.includes(from), `${this.alias} ${from}`);
    Deno.writeTextFileSync(`${this.directory}/${file}`, text.replace(from, to));
  }

  export(line: string): void {
    this.edit("config:\n", `  - ${line}\nconfig:\n`);
  }

  config(line: string): void {
    this.edit("config:\n", `config:\n  ${line}\n`);
  }

  file(name: string, text: string, mode = 0o644): void {
    const path = `${this.directory}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
    Deno.chmodSync(path, mode);
  }

  /** Installs its packages anew, with others or without some. */
  async install(change: (packages: Package[]) => Package[]): Promise<void> {
    Deno.removeSync(`${this.directory}/usr`, { recursive: true });
    const node = this.image.nodes.find(({ alias }) => alias === this.alias)!;
    await putInstalled(this.directory, change(packagesOf(node, PACKAGES)));
  }

  async add(more: Partial<Package>): Promise<void> {
    await this.install((packages) => [...packages, { name: `${this.alias}-more`, version: "1", ...more }]);
  }

  /** Installs one of its files with another content. */
  async rebuild(path: string, content: Uint8Array): Promise<void> {
    const file: PackageFile = { content, mode: 0o755 };
    await this.install((packages) =>
      packages.map((one) => path in (one.files ?? {}) ? { ...one, files: { ...one.files, [path]: file } } : one)
    );
  }

  /** The line of a file that has a text. */
  at(text: string, file = CONFIG): string {
    const lines = Deno.readTextFileSync(`${this.directory}/${file}`).split("\n");
    return `${file}:${lines.findIndex((line) => line.includes(text)) + 1}`;
  }
}

interface Fault {
  readonly kind: string;
  readonly node: string;
  readonly plant: (place: Place) => void | Promise<void>;
  /** `CHECK PLACE`, or `CHECK NODE PLACE` where another node shows it; after everything was planted. */
  readonly found: (place: Place) => readonly string[];
}

const program = (alias: string) => `/usr/bin/${alias}-p1`;
const library = (alias: string) => `/usr/lib/lib${alias}-p0.so.1`;
const README = (alias: string) => `/usr/share/doc/${alias}-p0/README`;
const executable = (content: Uint8Array | string) => ({ content, mode: 0o755 });
const needs = (...needed: string[]) => elfBytes({ needed: [...needed, "libc.so.6"] });

/** A fault in a line of the configuration. */
function inConfig(
  kind: string,
  node: string,
  check: string,
  line: string,
  part: "export" | "config" = "export",
): Fault {
  return { kind, node, plant: (place) => place[part](line), found: (place) => [`${check} ${place.at(line)}`] };
}

/** A package that should not be there as it is. */
function inPackage(kind: string, node: string, check: string, more: (place: Place) => Partial<Package>): Fault {
  const label = (place: Place) => `${more(place).name ?? `${place.alias}-more`}-${more(place).version ?? "1"}-1.noarch`;
  return { kind, node, plant: (place) => place.add(more(place)), found: (place) => [`${check} ${label(place)}`] };
}

/** A file that was not left as it was installed, or does not run. */
function inFile(
  kind: string,
  node: string,
  check: string,
  file: (alias: string) => string,
  plant: (place: Place, path: string) => void | Promise<void>,
): Fault {
  return {
    kind,
    node,
    plant: (place) => plant(place, `${place.directory}${file(node)}`),
    found: () => [`${check} ${file(node)}`],
  };
}

const FAULTS: readonly Fault[] = [
  inConfig(
    "what a parent exports read-only, for writing",
    "n8",
    "V-DOLL",
    "{ mode: Public, mount: /w, path: /usr/share }",
  ),
  inConfig("the same through a link of the host", "n9", "V-DOLL", "{ mode: Public, mount: /w, path: /opt/link }"),
  {
    kind: "the same in two steps",
    node: "n7",
    plant: (place) => place.export("{ mode: Restricted, mount: /opt, path: /opt }"),
    found: () => [],
  },
  inConfig("… of which this is the second", "n13", "V-DOLL", "{ mode: Public, mount: /w, path: /opt/box }"),
  inConfig("a namespace that a parent does not share", "n12", "V-DOLL", "share_net: enabled", "config"),
  inConfig("a capability", "n10", "V-DOLL", "capabilities: [ { cap: CAP_SYS_ADMIN, add: 1 } ]", "config"),
  {
    kind: "an alias twice",
    node: "n18",
    plant: (place) => place.edit("alias: n18", "alias: n11"),
    found: (place) => [`V-COLLISION ${place.at("alias: n11")}`],
  },
  {
    kind: "a range of ids twice",
    node: "n14",
    plant: (place) => place.edit(`ids: ${0x7000_0000 + 14 * 65_536}`, `ids: ${0x7000_0000}`, ".rednode.yaml"),
    found: (place) => [`V-COLLISION ${place.at("ids:", ".rednode.yaml")}`],
  },
  {
    kind: "a configuration that is none",
    node: "n17",
    plant: (place) => place.edit("exports:\n", "exports: [\n"),
    found: () => [`V-CONFIG ${CONFIG}:6`, `V-CONFIG ${CONFIG}:8`],
  },
  inConfig("a key that is misspelt", "n16", "V-CONFIG", "hostnmae: x", "config"),
  inConfig("a value that is none", "n19", "V-CONFIG", "umask: 9999", "config"),
  inConfig(
    "a place that is no absolute path",
    "n20",
    "V-CONFIG",
    "{ mode: Private, mount: w, path: $NODE_PATH/w }",
  ),
  inConfig("a file that is not there", "n21", "V-SOURCE", "{ mode: RestrictedFile, mount: /w, path: /opt/none }"),
  inConfig(
    "a directory in the place of a file",
    "n22",
    "V-SOURCE",
    "{ mode: RestrictedFile, mount: /w, path: /opt/box }",
  ),
  {
    kind: "a path of the machine that builds",
    node: "n23",
    plant: (place) => place.export(`{ mode: RestrictedFile, mount: /w, path: ${place.directory}/${CONFIG} }`),
    found: (place) => ["V-SOURCE", "V-DOLL"].map((check) => `${check} ${place.at("mount: /w")}`),
  },
  inConfig("no place for a mount", "n24", "V-PLACE", "{ mode: Tmpfs, mount: /usr/none }"),
  {
    kind: "two mounts at one place",
    node: "n25",
    plant: (place) => {
      place.export("{ mode: Private, mount: /w, path: $NODE_PATH/one }");
      place.export("{ mode: Private, mount: /w, path: $NODE_PATH/two }");
    },
    found: (place) => [`V-CONFIG ${place.at("/two")}`],
  },
  inConfig("what only the device can know", "n26", "V-COMMAND", "hostname: $(cat /etc/serial)", "config"),
  {
    kind: "a configuration that others can write",
    node: "n27",
    plant: (place) => Deno.chmodSync(`${place.directory}/${CONFIG}`, 0o664),
    found: () => [`V-TRUST /${CONFIG}`],
  },
  {
    kind: "a directory above the nodes that others can write",
    node: "n0",
    plant: ({ image }) => Deno.chmodSync(`${image.root}/srv`, 0o775),
    found: () => ["V-TRUST /srv"],
  },
  {
    kind: "more than the device's policy allows",
    node: "n28",
    plant(place) {
      Deno.mkdirSync(`${place.image.root}/etc/redpak`, { recursive: true });
      Deno.writeTextFileSync(
        `${place.image.root}/etc/redpak/policy.yaml`,
        "limits:\n  config:\n    share_ipc: disabled\n",
      );
      place.config("share_ipc: enabled");
    },
    found: (place) => ["V-POLICY", "V-DOLL"].map((check) => `${check} ${place.at("share_ipc")}`),
  },
  {
    kind: "more than the project's rules allow",
    node: "n29",
    plant: (place) => place.export("{ mode: Private, mount: /secret, path: $NODE_PATH/secret }"),
    found: () => ["V-ASSERT rules:2"],
  },
  inFile("a library missing at depth 3", "n30", "V-LINK", program, (place) =>
    place.install((packages) => [
      ...packages.map((one) =>
        library("n30") in (one.files ?? {})
          ? {
            ...one,
            files: {
              ...one.files,
              [library("n30")]: executable(
                elfBytes({ soname: "libn30-p0.so.1", needed: ["libtwo.so"], versions: ["V1"] }),
              ),
            },
          }
          : one
      ),
      {
        name: "deep",
        version: "1",
        files: {
          "/usr/lib/libtwo.so": executable(needs("libthree.so")),
          "/usr/lib/libthree.so": executable(needs("libgone.so")),
        },
      },
    ])),
  {
    kind: "a library for another machine",
    node: "n31",
    plant: (place) =>
      place.rebuild(library("n31"), elfBytes({ machine: 183, needed: ["libc.so.6"], versions: ["V1"] })),
    found: () => [`V-LINK ${program("n31")}`, `V-LIBRARY ${library("n31")}`],
  },
  inFile(
    "a program for another machine",
    "n32",
    "V-LINK",
    program,
    (place) => place.rebuild(program("n32"), elfBytes({ machine: 183, interpreter: LINKER })),
  ),
  inFile(
    "a version of a symbol",
    "n33",
    "V-LINK",
    program,
    (place) =>
      place.rebuild(library("n33"), elfBytes({ soname: "libn33-p0.so.1", needed: ["libc.so.6"], versions: ["V0"] })),
  ),
  inFile(
    "the program that reads a script",
    "n34",
    "V-LINK",
    () => "/usr/bin/script",
    (place) => place.add({ files: { "/usr/bin/script": executable("#!/usr/bin/none\n") } }),
  ),
  inFile(
    "the program that env(1) looks for",
    "n35",
    "V-LINK",
    () => "/usr/bin/script",
    (place) => place.add({ files: { "/usr/bin/script": executable("#!/usr/bin/env none\n") } }),
  ),
  inFile(
    "a program that is cut off",
    "n36",
    "V-LINK",
    program,
    (place) => place.rebuild(program("n36"), elfBytes({ interpreter: LINKER }).subarray(0, 100)),
  ),
  inFile(
    "a dynamic linker",
    "n37",
    "V-LINK",
    program,
    (place) => place.rebuild(program("n37"), elfBytes({ interpreter: "/lib/ld-none.so.1" })),
  ),
  inFile(
    "what a library alone needs",
    "n38",
    "V-LIBRARY",
    () => "/usr/lib/plugin.so",
    (place) => place.add({ files: { "/usr/lib/plugin.so": executable(needs("libvoid.so")) } }),
  ),
  inPackage("a requirement", "n39", "V-REQUIRES", () => ({ requires: ["nothing"] })),
  inPackage("a version of a requirement", "n40", "V-REQUIRES", () => ({ requires: ["n40-p0 > 2"] })),
  inPackage("a rich requirement", "n41", "V-REQUIRES", () => ({ requires: ["(gone if n41-p0)"] })),
  inPackage(
    "a conflict with a package of the parent",
    "n42",
    "V-REQUIRES",
    ({ parent }) => ({ conflicts: [`${parent}-p0`] }),
  ),
  inPackage("an obsolete package", "n43", "V-REQUIRES", () => ({ obsoletes: ["n43-p0 < 2"] })),
  inPackage(
    "a package of the parent once more",
    "n44",
    "V-DUPLICATE",
    ({ parent }) => ({ name: `${parent}-p0`, version: "2", arch: "noarch" }),
  ),
  {
    kind: "two packages with another file at one path",
    node: "n45",
    plant: (place) => place.add({ files: { [README("n45")]: { content: "other" } } }),
    found: () => [`V-SHADOW ${README("n45")}`, `V-FILES ${README("n45")}`],
  },
  inFile(
    "another file than the parent's at its path",
    "n46",
    "V-SHADOW",
    () => README("n5"),
    (place) => place.add({ files: { [README("n5")]: { content: "other" } } }),
  ),
  inFile("a file with another content", "n47", "V-FILES", README, (_, path) => Deno.writeTextFileSync(path, "other")),
  inFile("a file that is gone", "n48", "V-FILES", README, (_, path) => Deno.removeSync(path)),
  inFile("a file with other permissions", "n48", "V-FILES", library, (_, path) => Deno.chmodSync(path, 0o700)),
  inFile("a link that leads elsewhere", "n47", "V-FILES", () => "/usr/lib/libn47-p0.so", (_, path) => {
    Deno.removeSync(path);
    Deno.symlinkSync(library("n47"), path);
  }),
  inFile("a file that belongs to somebody else", "n49", "V-FILES", README, (_, path) => Deno.chownSync(path, 7, 0)),
  inFile("a file of another group", "n48", "V-FILES", program, (_, path) => Deno.chownSync(path, 0, 7)),
  inFile("a directory in the place of a file", "n49", "V-FILES", () => "/usr/share/doc/n49-p0/COPYING", (_, path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  }),
  inFile(
    "a program from no package",
    "n11",
    "V-UNOWNED",
    () => "/usr/bin/stray",
    (place) => place.file("usr/bin/stray", "#!/usr/bin/sh\n", 0o755),
  ),
  inFile("a set-user-ID bit", "n47", "V-PRIVILEGE", () => "/var/suid", (place) => place.file("var/suid", "", 0o4755)),
  inFile("a set-group-ID bit", "n46", "V-PRIVILEGE", () => "/var/sgid", (place) => place.file("var/sgid", "", 0o2755)),
  inFile("a directory that everybody can write", "n45", "V-PRIVILEGE", () => "/var/open", (place) => {
    Deno.mkdirSync(`${place.directory}/var/open`, { recursive: true });
    Deno.chmodSync(`${place.directory}/var/open`, 0o777);
  }),
  inFile("capabilities of a file that no package has", "n39", "V-PRIVILEGE", () => "/var/able", (place) => {
    place.file("var/able", "", 0o755);
    using file = new Descriptor(libc(), libc().openat(AT_FDCWD, `${place.directory}/var/able`, O.RDONLY, 0));
    // VFS_CAP_REVISION_2, cap_chown permitted: linux/capability.h.
    const value = Uint8Array.from([0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    libc().fsetxattr(file.number, "security.capability", value, value.length, 0);
  }),
  {
    kind: "a database that is damaged",
    node: "n15",
    plant: (place) => place.file("usr/lib/sysimage/rpm/rpmdb.sqlite", "damaged"),
    found: () => ["V-REQUIRES /usr/lib/sysimage/rpm"],
  },
  {
    kind: "a link of a node in the way of what it writes to",
    node: "n18",
    plant(place) {
      Deno.symlinkSync("/opt/box", `${place.directory}/away`);
      place.export("{ mode: Private, mount: /w, path: $NODE_PATH/away }");
    },
    found: (place) => [`V-SOURCE ${place.at("/away")}`],
  },
  {
    kind: "what was accepted until yesterday",
    node: "n1",
    plant: () => {},
    found: () => ["V-UNOWNED accepted:1"],
  },
];

interface Found {
  readonly check: string;
  readonly node: string;
  readonly where: { readonly file: string; readonly line: number } | null;
  readonly path?: string;
  readonly package?: string;
  readonly message: string;
}

/** `CHECK ALIAS PLACE` of a finding. */
function describe({ root, nodes }: LargeImage, { check, node, where, path, package: label, message }: Found): string {
  const alias = nodes.find((one) => one.path === node)?.alias ?? node;
  const inNode = (text: string) => {
    const here = text.startsWith(root) ? text.slice(root.length) : text;
    return here.startsWith(`${node}/`) ? here.slice(node.length) : here;
  };
  const place = where !== null
    ? `${inNode(where.file).replace(/^\/(?=[e.])/, "")}:${where.line}`
    : path !== undefined
    ? inNode(path)
    : label ?? inNode(/"([^"]+)"/.exec(message)?.[1] ?? "");
  return `${check} ${alias} ${place.split("/").at(-1)!.startsWith("rules:") ? "rules:2" : place}`;
}

rootTest("every fault that is planted in an image of 50 nodes is found where it is, and nothing else", async () => {
  using scratch = new Scratch();
  const image = await largeImage(scratch, { nodes: 50, packages: PACKAGES });
  Deno.mkdirSync(`${image.root}/usr/share`);
  Deno.symlinkSync("/usr/share", `${image.root}/opt/link`);
  const place = (alias: string) => new Place(image, alias);
  place("n5").config("share_net: disabled");
  place("n6").config("share_net: disabled");
  const secret = `${place("n29").path}/secret`;
  const rules = scratch.file("rules", `# Rules\nno node may write ${secret}\nno node but n0 may have CAP_SYS_BOOT\n`);
  const verify = (...more: string[]) => {
    const { stdout, stderr } = redpak(["verify", image.root, "--json", "--assertions", rules, ...more]);
    return JSON.parse(stdout || stderr).data as { proven: boolean; findings: Found[]; nodes: string[] };
  };
  const healthy = verify();
  assert.deepEqual([healthy.findings, healthy.proven, healthy.nodes.length], [[], true, 50]);
  const [key, open] = [`${scratch.path}/key`, `${scratch.path}/open`];
  exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]);
  exec("openssl", ["pkey", "-in", key, "-pubout", "-out", open]);
  const certificate = `${scratch.path}/certificate`;
  assert.equal(redpak(["certify", image.root, "--key", key, "--output", certificate]).code, 0);
  const compare = () => redpak(["verify", image.root, "--certificate", certificate, "--public-key", open]);
  assert.equal(compare().code, 0);

  for (const { node, plant } of FAULTS) await plant(place(node));
  const baseline = scratch.file("accepted", `V-UNOWNED ${place("n1").path} until 2020-01-01: a reason\n`);
  const found = verify("--baseline", baseline).findings.map((one) =>
    describe(image, one).replace(`${scratch.path}/`, "")
  );
  const expected = FAULTS.flatMap(({ node, found }) =>
    found(place(node)).map((line) => line.replace(" ", ` ${node} `))
  );
  assert.deepEqual(found.sort(), expected.sort());
  assert(FAULTS.length >= 40 && new Set(FAULTS.map(({ kind }) => kind)).size >= 25);
  // What was certified is not what is there now.
  const stale = compare();
  assert.equal(stale.code, 1);
  assert.match(stale.stdout, /n17\/etc\/redpak\.yaml" has another content/);
});
