/** Packages of a case as the metadata of a repository: what libsolv reads in the field. */
import type { CasePackage } from "./_case.ts";

export function primaryXml(packages: readonly CasePackage[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${packages.length}">
${packages.map(packageXml).join("")}</metadata>
`;
}

export function filelistsXml(packages: readonly CasePackage[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="${packages.length}">
${
    packages.map((one) =>
      `<package pkgid="${checksumOf(one)}" name="${one.name}" arch="${one.arch}">${versionXml(one)}` +
      [...one.file, ...one.listed].map((path) => `<file>${escapeXml(path)}</file>`).join("") + "</package>\n"
    ).join("")
  }</filelists>
`;
}

export function fileNameOf({ name, version, release, arch }: CasePackage): string {
  return `${name}-${version}-${release}.${arch}.rpm`;
}

function packageXml(one: CasePackage): string {
  const relations = ["requires", "provides", "conflicts", "obsoletes", "recommends", "supplements"] as const;
  return `<package type="rpm"><name>${one.name}</name><arch>${one.arch}</arch>${versionXml(one)}
<checksum type="sha256" pkgid="YES">${checksumOf(one)}</checksum>
<summary>The package ${one.name}</summary><description/><packager/><url/><time file="1" build="1"/>
<size package="1000" installed="2000" archive="3000"/><location href="${fileNameOf(one)}"/>
<format><rpm:vendor>${one.vendor.join("")}</rpm:vendor>${
    relations.map((relation) => `<rpm:${relation}>${one[relation].map(entryXml).join("")}</rpm:${relation}>`).join("\n")
  }
${one.file.map((path) => `<file>${escapeXml(path)}</file>`).join("")}</format></package>
`;
}

function versionXml({ epoch, version, release }: CasePackage): string {
  return `<version epoch="${epoch}" ver="${version}" rel="${release}"/>`;
}

const FLAGS: Readonly<Record<string, string>> = { "<": "LT", "<=": "LE", "=": "EQ", ">=": "GE", ">": "GT" };

function entryXml(dependency: string): string {
  const [, name, relation, epoch = "0", version, release] =
    /^([^\s(]\S*) (<|<=|=|>=|>) (?:(\d+):)?([^-\s]+)(?:-(\S+))?$/.exec(dependency) ?? [];
  if (name === undefined) return `<rpm:entry name="${escapeXml(dependency)}"/>`;
  const rel = release === undefined ? "" : ` rel="${release}"`;
  return `<rpm:entry name="${name}" flags="${FLAGS[relation!]}" epoch="${epoch}" ver="${version}"${rel}/>`;
}

/** 64 digits that are those of this package only. */
function checksumOf(one: CasePackage): string {
  let hash = 0n;
  for (const byte of new TextEncoder().encode(JSON.stringify(one))) hash = (hash * 257n + BigInt(byte)) % 2n ** 256n;
  return hash.toString(16).padStart(64, "0");
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
