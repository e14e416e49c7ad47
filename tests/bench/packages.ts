/**
 * Packages beside rpm and, where it is there, dnf, on the same data in the same run:
 * `deno task bench:packages [--rounds N] [--json]`.
 *
 * Commands are interleaved round by round, so that whatever else the machine does falls on all of them alike; figures are
 * medians, and only their ratios mean anything on another machine. Memory is that of the largest process.
 */
import { type Cost, isThere, measure, Meter, run } from "./_measure.ts";
import { option } from "./_option.ts";
import { buildSigned, writeLarge } from "./_repositories.ts";
import { PackagePool } from "../../src/packages/solve/package_pool.ts";
import type { AvailableSource } from "../../src/packages/solve/sources.ts";
import type { CasePackage } from "../solver/_case.ts";
import { filelistsXml, primaryXml } from "../solver/_metadata.ts";

const INSTALLED = 1000;
const AVAILABLE = 20_000;
const FILES = 20;
const SIZES = [1, 10, 100];
const hasDnf = isThere("dnf");

const root = new URL("../..", import.meta.url).pathname;
const redpak = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;
const rounds = Number(option("--rounds") ?? 15);

/** A node with many packages: one spec file for all of them. */
function installMany(scratch: string): string {
  const names = Array.from({ length: INSTALLED }, (_, index) => `package-${index}`);
  const spec = [
    ...[
      "Name: all",
      "Version: 1",
      "Release: 1",
      "Summary: All",
      "License: MIT",
      "BuildArch: noarch",
      "AutoReqProv: no",
    ],
    ...["%description", "All."],
    ...names.flatMap((name, index) => [
      `%package -n ${name}`,
      `Summary: The package ${name}`,
      ...index === 0 ? [] : [`Requires: package-${Math.floor(index / 2)} >= 1`],
      `%description -n ${name}`,
      `${name} is there to be counted.`,
      `%files -n ${name}`,
    ]),
  ];
  Deno.writeTextFileSync(`${scratch}/all.spec`, spec.join("\n") + "\n");
  run("rpmbuild", ["-bb", "--quiet", "--define", `_topdir ${scratch}`, `${scratch}/all.spec`]);
  const node = `${scratch}/node`;
  run(redpak, ["create", node, "--template", "root", "--alias", "bench"]);
  Deno.mkdirSync(`${node}/usr/lib/sysimage/rpm`, { recursive: true });
  const rpms = names.map((name) => `${scratch}/RPMS/noarch/${name}-1-1.noarch.rpm`);
  const how = ["--justdb", "--nodeps", "--nosignature", "--force-debian"];
  run("rpm", ["--root", node, "--dbpath", "/usr/lib/sysimage/rpm", "--install", ...how, ...rpms]);
  return node;
}

/** As large as a distribution's, and as connected. */
const DISTRIBUTION = Array.from({ length: AVAILABLE }, (_, index): CasePackage => ({
  ...{ name: `package-${index}`, epoch: "0", version: "1", release: "1", arch: "x86_64", vendor: [] },
  requires: index === 0 ? [] : Array.from({ length: 8 }, (_, at) => `capability-${(index * 7 + at * 13) % index}`),
  provides: [`capability-${index}`],
  ...{ conflicts: [], obsoletes: [], recommends: [], supplements: [] },
  file: [`/usr/bin/program-${index}`],
  listed: Array.from({ length: FILES }, (_, at) => `/usr/share/package-${index}/file-${at}`),
}));

function repository(scratch: string): AvailableSource {
  Deno.writeTextFileSync(`${scratch}/primary.xml`, primaryXml(DISTRIBUTION));
  Deno.writeTextFileSync(`${scratch}/filelists.xml`, filelistsXml(DISTRIBUTION));
  return {
    ...{ id: "main", priority: 99, cost: 1000, includes: [], excludes: [] },
    primary: { path: `${scratch}/primary.xml` },
    filelists: () => Promise.resolve({ path: `${scratch}/filelists.xml` }),
  };
}

/** The same, with libsolv's own form kept beside it. */
function cached(source: AvailableSource, scratch: string): AvailableSource {
  return {
    ...source,
    primary: { ...source.primary, cache: `${scratch}/primary.solv` },
    filelists: () => Promise.resolve({ path: `${scratch}/filelists.xml`, cache: `${scratch}/filelists.solv` }),
  };
}

async function load(source: AvailableSource, files: boolean): Promise<void> {
  using packages = new PackagePool("x86_64");
  packages.addAvailable(source);
  if (files) await packages.addFilelists();
  packages.prepare();
}

/** dnf, for the packages of one repository in one root directory. */
function dnf(scratch: string, installRoot: string, directory: string, ...words: readonly string[]): string[] {
  const settings = [
    "reposdir=/nonexistent",
    `cachedir=${scratch}/dnf`,
    "gpgcheck=1",
    `base.gpgkey=file://${scratch}/key`,
  ];
  return [
    ...["--quiet", "--releasever=1", `--installroot=${installRoot}`, `--repofrompath=base,file://${directory}`],
    ...settings.map((one) => `--setopt=${one}`),
    ...words,
  ];
}

function makeNode(node: string, directory: string, ...more: readonly string[]): void {
  run(redpak, ["create", node, "--template", "root", "--alias", "bench"]);
  run(redpak, ["repo", "add", node, "base", directory, ...more, "--yes"]);
  run(redpak, ["repo", "refresh", node]);
}

/** What programs say about a repository of a distribution, when its metadata is known. */
async function looking(scratch: string, meter: Meter): Promise<Record<string, Record<string, Cost>>> {
  const large = `${scratch}/large`;
  await writeLarge(large, DISTRIBUTION);
  const node = `${scratch}/looking`;
  makeNode(node, large);
  const last = `package-${AVAILABLE - 1}`;
  const root = `${scratch}/looking-dnf`;
  const ofDnf = (...words: string[]) => dnf(scratch, root, large, "--nogpgcheck", ...words);
  if (hasDnf) run("dnf", ofDnf("makecache"));
  const solveByDnf = ofDnf("-C", "--assumeno", "install", last);
  return {
    [`search in ${AVAILABLE} packages`]: await measure({
      ...hasDnf && { "dnf search": { run: () => meter.run("dnf", ofDnf("-C", "search", "package-19")) } },
      "redpak search": { run: () => meter.run(redpak, ["search", node, "package-19"]) },
    }, rounds),
    [`solve with ${AVAILABLE} packages`]: await measure({
      ...hasDnf && { "dnf install --assumeno": { run: () => meter.runFailing("dnf", solveByDnf) } },
      "redpak install --dry-run": { run: () => meter.run(redpak, ["install", node, last, "--dry-run"]) },
    }, rounds),
  };
}

/** Installing signed packages of a directory, each time in a root of its own. */
async function installing(scratch: string, meter: Meter): Promise<Record<string, Record<string, Cost>>> {
  const directory = `${scratch}/signed`;
  const key = `${scratch}/key`;
  buildSigned(directory, Math.max(...SIZES), SIZES, key);
  const [node, root] = [`${scratch}/template-node`, `${scratch}/template-root`];
  makeNode(node, directory, "--gpgkey", key);
  const database = ["--dbpath", "/usr/lib/sysimage/rpm"];
  Deno.mkdirSync(root);
  run("rpmkeys", ["--root", root, ...database, "--import", key]);
  const fresh = (template: string) => () => {
    run("rm", ["-rf", `${scratch}/fresh`]);
    run("cp", ["-a", template, `${scratch}/fresh`]);
  };
  const to = `${scratch}/fresh`;
  const found: Record<string, Record<string, Cost>> = {};
  for (const size of SIZES) {
    const names = [...Array.from({ length: size }, (_, index) => `part-${index}`), `first-${size}`];
    const files = names.map((name) => `${directory}/${name}.rpm`);
    const verified = ["--define", "_pkgverify_level all", "--force-debian"];
    found[`install ${size} and what requires them`] = await measure({
      "rpm -U": {
        prepare: fresh(root),
        run: () => meter.run("rpm", ["--root", to, ...database, ...verified, "-U", ...files]),
      },
      ...hasDnf && {
        "dnf install": {
          prepare: fresh(root),
          run: () => meter.run("dnf", dnf(scratch, to, directory, "--assumeyes", "install", `first-${size}`)),
        },
      },
      "redpak install": {
        prepare: fresh(node),
        run: () => meter.run(redpak, ["install", to, `first-${size}`, "--yes", "--quiet"]),
      },
    }, Math.ceil(rounds / 3));
  }
  return found;
}

/** A line for each, with ratios to the first. */
function print(title: string, costs: Readonly<Record<string, Cost>>): void {
  const [base] = Object.values(costs);
  console.log(title);
  for (const [name, cost] of Object.entries(costs)) {
    const figure = (key: keyof Cost, unit: string) => {
      const [value, first] = [cost[key], base?.[key]];
      return value === undefined || first === undefined
        ? ""
        : `${value.toFixed(1).padStart(8)} ${unit} ${(value / first).toFixed(2)}  `;
    };
    const figures = [figure("ms", "ms"), figure("cpu", "ms of processors"), figure("memory", "MiB")];
    console.log(`  ${name.padEnd(30)} ${figures.join("").trimEnd()}`);
  }
}

const scratch = Deno.makeTempDirSync({ prefix: "redpak-bench-" });
try {
  const meter = new Meter(scratch);
  const node = installMany(scratch);
  const database = `${node}/usr/lib/sysimage/rpm`;
  const listing = await measure({
    "rpm -qa": { run: () => meter.run("rpm", ["-qa", "--dbpath", database]) },
    "redpak list": { run: () => meter.run(redpak, ["list", node]) },
    "redpak version": { run: () => meter.run(redpak, ["version"]) },
  }, rounds);
  const xml = repository(scratch);
  const solv = cached(xml, scratch);
  await load(solv, true); // makes the caches
  const loading = await measure({
    "primary.xml": { run: () => load(xml, false) },
    "primary.solv": { run: () => load(solv, false) },
    "primary.solv, filelists.solv": { run: () => load(solv, true) },
  }, rounds);
  const figures = {
    [`${INSTALLED} installed packages`]: listing,
    [`load a repository of ${AVAILABLE} packages`]: loading,
    ...await looking(scratch, meter),
    ...await installing(scratch, meter),
  };
  if (Deno.args.includes("--json")) console.log(JSON.stringify({ rounds, figures }));
  else for (const [title, costs] of Object.entries(figures)) print(title, costs);
} finally {
  Deno.removeSync(scratch, { recursive: true });
}
