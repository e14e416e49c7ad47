/** Packages as they are when rpm has installed them, without rpm: hundreds in a moment. */
import { createHash } from "node:crypto";
import { encodeHeader, type Entry, REGION, TAG } from "./_header.ts";
import { type Package, type PackageFile, putFile } from "./_rpm.ts";

const DATABASE = "usr/lib/sysimage/rpm";

/** Puts packages into a node: their files, and what its database says of them. What they require is not looked at. */
export async function putInstalled(node: string, packages: readonly Package[]): Promise<void> {
  for (const { files = {} } of packages) {
    for (const [path, file] of Object.entries(files)) putFile(`${node}${path}`, file);
  }
  await recordHeaders(node, packages);
}

/** Makes the database of a node with these packages, without their files. */
export async function recordHeaders(node: string, packages: readonly Package[]): Promise<void> {
  Deno.mkdirSync(`${node}/${DATABASE}`, { recursive: true });
  // In memory: rpm flushes the disk for each package.
  const scratch = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "redpak-rpm-" });
  try {
    const args = ["--dbpath", scratch, "--importdb"];
    const importing = new Deno.Command("rpmdb", { args, stdin: "piped", stdout: "null", stderr: "piped" }).spawn();
    await new Blob(packages.map(installedHeader)).stream().pipeTo(importing.stdin);
    const { success, stderr } = await importing.output();
    if (!success) throw new Error(`rpmdb failed: ${new TextDecoder().decode(stderr)}`);
    for (const { name } of Deno.readDirSync(scratch)) {
      Deno.copyFileSync(`${scratch}/${name}`, `${node}/${DATABASE}/${name}`);
    }
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

function installedHeader(wanted: Package): Uint8Array<ArrayBuffer> {
  const { name, version, release = "1", epoch, arch = "noarch", summary = name } = wanted;
  const files = Object.entries(wanted.files ?? {});
  const self = `${name} = ${epoch === undefined ? "" : `${epoch}:`}${version}-${release}`;
  const tags: Record<number, Entry | undefined> = {
    [TAG.NAME]: ["string", name],
    [TAG.VERSION]: ["string", version],
    [TAG.RELEASE]: ["string", release],
    [TAG.EPOCH]: epoch === undefined ? undefined : ["int32", [epoch]],
    [TAG.SUMMARY]: ["i18n", [summary]],
    [TAG.DESCRIPTION]: ["i18n", [summary]],
    [TAG.SIZE]: ["int32", [0]],
    [TAG.LICENSE]: ["string", "Apache-2.0"],
    [TAG.OS]: ["string", "linux"],
    [TAG.ARCH]: ["string", arch],
    [TAG.INSTALLTIME]: ["int32", [1_700_000_000]],
    ...relations([...wanted.provides ?? [], self], TAG.PROVIDENAME, TAG.PROVIDEFLAGS, TAG.PROVIDEVERSION),
    ...relations(wanted.requires, TAG.REQUIRENAME, TAG.REQUIREFLAGS, TAG.REQUIREVERSION),
    ...relations(wanted.conflicts, TAG.CONFLICTNAME, TAG.CONFLICTFLAGS, TAG.CONFLICTVERSION),
    ...relations(wanted.obsoletes, TAG.OBSOLETENAME, TAG.OBSOLETEFLAGS, TAG.OBSOLETEVERSION),
    ...files.length === 0 ? {} : fileTags(files),
  };
  return encodeHeader(tags, REGION.immutable);
}

const SENSES = { "<": 2, ">": 4, "=": 8, "<=": 10, ">=": 12 } as const;

function relations(texts: readonly string[] = [], name: number, flags: number, version: number) {
  if (texts.length === 0) return {};
  const parts = texts.map((text) => {
    const match = text.startsWith("(") ? null : /^(\S+)\s+([<>=]+)\s+(\S+)$/.exec(text);
    return match === null
      ? { name: text, flags: 0, version: "" }
      : { name: match[1]!, flags: SENSES[match[2] as keyof typeof SENSES], version: match[3]! };
  });
  return {
    [name]: ["strings", parts.map((part) => part.name)],
    [flags]: ["int32", parts.map((part) => part.flags)],
    [version]: ["strings", parts.map((part) => part.version)],
  } satisfies Record<number, Entry>;
}

const CONFIG = 1;
const NOREPLACE = 16;
const SHA256 = 8;

/** rpm looks files up by halves: they have to be in the order of their paths. */
function fileTags(unsorted: readonly (readonly [string, PackageFile])[]): Record<number, Entry | undefined> {
  const files = unsorted.toSorted(([a], [b]) => a < b ? -1 : 1).map(([path, file]) => {
    const cut = path.lastIndexOf("/") + 1;
    const { content = "", from, link, directory = false } = file;
    const bytes = from === undefined ? content : Deno.readFileSync(from);
    return {
      ...{ file, link, directory, bytes, above: path.slice(0, cut), base: path.slice(cut) },
      size: directory ? 4096 : link !== undefined ? link.length : new Blob([bytes as Uint8Array<ArrayBuffer>]).size,
      mode: directory ? 0o040000 : link !== undefined ? 0o120000 : 0o100000,
    };
  });
  const directories = [...new Set(files.map(({ above }) => above))];
  const all = <T>(value: T) => files.map(() => value);
  return {
    [TAG.FILESIZES]: ["int32", files.map(({ size }) => size)],
    [TAG.FILESTATES]: ["char", new Uint8Array(files.length)],
    [TAG.FILEMODES]: [
      "int16",
      files.map(({ file, mode, link, directory }) =>
        mode | (link !== undefined ? 0o777 : file.mode ?? (directory || file.from !== undefined ? 0o755 : 0o644))
      ),
    ],
    [TAG.FILERDEVS]: ["int16", all(0)],
    [TAG.FILEMTIMES]: ["int32", all(1_700_000_000)],
    [TAG.FILEDIGESTS]: [
      "strings",
      files.map(({ bytes, link, directory }) =>
        directory || link !== undefined ? "" : createHash("sha256").update(bytes).digest("hex")
      ),
    ],
    [TAG.FILELINKTOS]: ["strings", files.map(({ link = "" }) => link)],
    [TAG.FILEFLAGS]: [
      "int32",
      files.map(({ file: { config } }) => config === "noreplace" ? CONFIG | NOREPLACE : config === true ? CONFIG : 0),
    ],
    [TAG.FILEUSERNAME]: ["strings", files.map(({ file }) => file.owner ?? "root")],
    [TAG.FILEGROUPNAME]: ["strings", files.map(({ file }) => file.group ?? "root")],
    [TAG.FILEVERIFYFLAGS]: ["int32", all(0xffff_ffff)],
    [TAG.FILEDEVICES]: ["int32", all(1)],
    [TAG.FILEINODES]: ["int32", files.map((_, index) => index + 1)],
    [TAG.FILELANGS]: ["strings", all("")],
    [TAG.DIRINDEXES]: ["int32", files.map(({ above }) => directories.indexOf(above))],
    [TAG.BASENAMES]: ["strings", files.map(({ base }) => base)],
    [TAG.DIRNAMES]: ["strings", directories],
    [TAG.FILECAPS]: files.some(({ file }) => file.capabilities !== undefined)
      ? ["strings", files.map(({ file }) => file.capabilities ?? "")]
      : undefined,
    [TAG.FILEDIGESTALGO]: ["int32", [SHA256]],
  };
}
