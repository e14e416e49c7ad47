/** Real RPM packages and repositories for tests, made by rpmbuild and createrepo_c. */

export interface PackageFile {
  /** The text of a regular file, or its bytes. */
  readonly content?: string | Uint8Array;
  /** A file of this machine to be copied. */
  readonly from?: string;
  /** The target of a symbolic link. */
  readonly link?: string;
  readonly directory?: boolean;
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
  /** `noreplace`: an edited file stays, the new one becomes .rpmnew. */
  readonly config?: boolean | "noreplace";
  /** As setcap(8) writes them. */
  readonly capabilities?: string;
}

export const SCRIPTS = ["pretrans", "pre", "post", "preun", "postun", "posttrans"] as const;
export type ScriptName = (typeof SCRIPTS)[number];

export interface PackageScript {
  readonly script: string;
  /** The interpreter; /bin/sh when absent. */
  readonly program?: string;
}

export interface Trigger extends PackageScript {
  readonly kind:
    | "triggerprein"
    | "triggerin"
    | "triggerun"
    | "triggerpostun"
    | "filetriggerin"
    | "filetriggerun"
    | "filetriggerpostun"
    | "transfiletriggerin"
    | "transfiletriggerun"
    | "transfiletriggerpostun";
  /** A package, or for file triggers what paths begin with. */
  readonly on: string;
}

const RELATIONS = ["requires", "provides", "conflicts", "obsoletes", "recommends", "suggests", "supplements"] as const;

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly release?: string;
  readonly epoch?: number;
  /** `noarch` when absent. */
  readonly arch?: string;
  readonly summary?: string;
  /** `Apache-2.0` when absent. */
  readonly license?: string;
  readonly requires?: readonly string[];
  readonly provides?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly obsoletes?: readonly string[];
  readonly recommends?: readonly string[];
  readonly suggests?: readonly string[];
  readonly supplements?: readonly string[];
  /** By absolute path. */
  readonly files?: Readonly<Record<string, PackageFile>>;
  readonly scripts?: Partial<Readonly<Record<ScriptName, PackageScript>>>;
  readonly triggers?: readonly Trigger[];
  /** rpmbuild finds what the files require and provide, such as libraries. */
  readonly findDependencies?: boolean;
  /** Lines of the preamble as they are. */
  readonly preamble?: readonly string[];
}

/** Builds a package in `directory`, which gets it as NAME-VERSION-RELEASE.ARCH.rpm. */
export function buildPackage(wanted: Package, directory: string): string {
  const { name, version, release = "1", arch = "noarch", files = {} } = wanted;
  const scratch = Deno.makeTempDirSync({ prefix: "redpak-rpm-" });
  try {
    for (const [path, file] of Object.entries(files)) putFile(`${scratch}/files${path}`, file);
    Deno.writeTextFileSync(`${scratch}/package.spec`, specOf(wanted, `${scratch}/files`));
    command("rpmbuild", [
      ...["-bb", "--quiet", "--target", arch],
      ...["--define", `_topdir ${scratch}`, "--define", `_rpmdir ${scratch}/out`, "--define", `_tmppath ${scratch}`],
      // The same bytes each time, and nothing of the machine that builds.
      ...["--define", "_buildhost localhost", "--define", "source_date_epoch_from_changelog 0"],
      ...["--define", "debug_package %{nil}", "--define", "__os_install_post %{nil}"],
      ...["--define", "_build_id_links none", "--define", `_build_name_fmt %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm`],
      `${scratch}/package.spec`,
    ]);
    const file = `${name}-${version}-${release}.${arch}.rpm`;
    Deno.mkdirSync(directory, { recursive: true });
    Deno.copyFileSync(`${scratch}/out/${file}`, `${directory}/${file}`);
    return `${directory}/${file}`;
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

/** Makes or renews the metadata of a directory of packages. */
export function createRepository(directory: string, ...options: readonly string[]): void {
  command("createrepo_c", ["--quiet", "--no-database", ...options, directory]);
}

/** Records packages as installed in the database of a node, without their files. */
export function recordInstalled(node: string, packages: readonly string[], database = "usr/lib/sysimage/rpm"): void {
  Deno.mkdirSync(`${node}/${database}`, { recursive: true });
  command("rpm", [
    ...["--root", node, "--dbpath", `/${database}`, "--install", "--justdb", "--nodeps", "--noscripts", "--notriggers"],
    ...["--ignorearch", "--ignoreos", "--force-debian", ...packages],
  ]);
}

/** Installs packages in a node by rpm, which is told to look at nothing but their files. */
export function installInNode(node: string, ...packages: readonly Package[]): void {
  const directory = Deno.makeTempDirSync({ prefix: "redpak-rpm-" });
  try {
    Deno.mkdirSync(`${node}/usr/lib/sysimage/rpm`, { recursive: true });
    command("rpm", [
      ...["--root", node, "--dbpath", "/usr/lib/sysimage/rpm", "-U", "--nodeps", "--noscripts", "--notriggers"],
      ...["--ignorearch", "--ignoreos", "--force-debian", ...packages.map((one) => buildPackage(one, directory))],
    ]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Makes a file as a package brings it. */
export function putFile(path: string, { content = "", from, link, directory = false, mode }: PackageFile): void {
  Deno.mkdirSync(directory ? path : path.slice(0, path.lastIndexOf("/")), { recursive: true });
  if (link !== undefined) return Deno.symlinkSync(link, path);
  if (directory) return Deno.chmodSync(path, mode ?? 0o755);
  if (from !== undefined) Deno.copyFileSync(from, path);
  else Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  Deno.chmodSync(path, mode ?? (from === undefined ? 0o644 : 0o755));
}

function specOf(wanted: Package, files: string): string {
  const { name, version, release = "1", epoch, summary = `Test package ${name}`, license = "Apache-2.0" } = wanted;
  const { preamble = [] } = wanted;
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: ${release}`,
    ...epoch === undefined ? [] : [`Epoch: ${epoch}`],
    `Summary: ${summary}`,
    `License: ${license}`,
    ...wanted.findDependencies === true ? [] : ["AutoReqProv: no"],
    ...RELATIONS.flatMap((relation) =>
      (wanted[relation] ?? []).map((text) => `${relation[0]!.toUpperCase()}${relation.slice(1)}: ${text}`)
    ),
    ...preamble,
    "%description",
    summary,
    "%install",
    `mkdir -p %{buildroot}`,
    ...Object.keys(wanted.files ?? {}).length === 0 ? [] : [`cp -a ${files}/. %{buildroot}/`],
    ...SCRIPTS.flatMap((kind) => {
      const script = wanted.scripts?.[kind];
      return script === undefined ? [] : [`%${kind}${interpreter(script)}`, script.script];
    }),
    ...(wanted.triggers ?? []).flatMap((trigger) => [
      `%${trigger.kind}${interpreter(trigger)} -- ${trigger.on}`,
      trigger.script,
    ]),
    "%files",
    ...Object.entries(wanted.files ?? {}).map(([path, file]) => fileLine(path, file)),
    "",
  ].join("\n");
}

function interpreter({ program }: PackageScript): string {
  return program === undefined ? "" : ` -p ${program}`;
}

function fileLine(path: string, { directory, owner = "root", group = "root", config, capabilities }: PackageFile) {
  const marks = [
    `%attr(-, ${owner}, ${group})`,
    ...config === undefined || config === false ? [] : [config === "noreplace" ? "%config(noreplace)" : "%config"],
    ...capabilities === undefined ? [] : [`%caps(${capabilities})`],
    ...directory === true ? ["%dir"] : [],
  ];
  return `${marks.join(" ")} "${path}"`;
}

function command(program: string, args: readonly string[]): void {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args], stdin: "null" }).outputSync();
  if (success) return;
  throw new Error(`${program} failed: ${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}`);
}
