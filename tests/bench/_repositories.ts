/** Repositories and roots for the benchmark of packages: what redpak, rpm and dnf do the same with. */
import { gzip, primary, repository } from "../../src/packages/repository/_repodata.ts";
import { createRepository } from "../rpm/_rpm.ts";
import { Signer } from "../rpm/_signer.ts";
import { filelistsXml, primaryXml } from "../solver/_metadata.ts";
import type { CasePackage } from "../solver/_case.ts";
import { run } from "./_measure.ts";

const FILES = 20;

/** Writes metadata of many packages, without the packages. */
export async function writeLarge(directory: string, packages: readonly CasePackage[]): Promise<void> {
  const listed = filelistsXml(packages);
  const files = await repository(
    1_700_000_000,
    await primary(primaryXml(packages)),
    { ...await primary(listed), type: "filelists", packed: await gzip(listed), location: "repodata/filelists.xml.gz" },
  );
  Deno.mkdirSync(`${directory}/repodata`, { recursive: true });
  for (const [path, bytes] of files) Deno.writeFileSync(`${directory}/${path}`, bytes);
}

/** Builds signed packages of some files each, one spec file for all of them, and packages that require the first N. */
export function buildSigned(directory: string, count: number, groups: readonly number[], keyFile: string): void {
  const names = Array.from({ length: count }, (_, index) => `part-${index}`);
  const all = [
    ...names.map((name, index) => ({ name, requires: index === 0 ? [] : [`part-${Math.floor(index / 2)}`] })),
    ...groups.map((size) => ({ name: `first-${size}`, requires: names.slice(0, size) })),
  ];
  const spec = [
    ...["Name: parts", "Version: 1", "Release: 1", "Summary: All", "License: MIT", "BuildArch: noarch"],
    ...["AutoReqProv: no", "%description", "All."],
    ...all.flatMap(({ name, requires }) => [
      `%package -n ${name}`,
      `Summary: The package ${name}`,
      ...requires.map((one) => `Requires: ${one}`),
      `%description -n ${name}`,
      `${name} is there to be installed.`,
      `%files -n ${name}`,
      ...name.startsWith("part") ? [`/usr/share/${name}`] : [],
    ]),
    "%install",
    ...names.flatMap((name) => [
      `mkdir -p %{buildroot}/usr/share/${name}`,
      `for file in $(seq ${FILES}); do yes "${name} $file" | head -n 150 >%{buildroot}/usr/share/${name}/$file; done`,
    ]),
  ];
  Deno.mkdirSync(directory, { recursive: true });
  Deno.writeTextFileSync(`${directory}/parts.spec`, spec.join("\n") + "\n");
  const place = ["--define", `_topdir ${directory}/build`, "--define", `_rpmdir ${directory}`];
  run("rpmbuild", ["-bb", "--quiet", ...place, "--define", "_build_name_fmt %%{NAME}.rpm", `${directory}/parts.spec`]);
  Deno.removeSync(`${directory}/build`, { recursive: true });
  using signer = new Signer();
  for (const { name } of all) signer.sign({ file: `${directory}/${name}.rpm` });
  Deno.writeTextFileSync(keyFile, signer.export("first"));
  createRepository(directory);
}
