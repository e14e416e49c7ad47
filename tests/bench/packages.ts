/**
 * Packages beside rpm, on the same data in the same run: `deno task bench:packages [--rounds N] [--json]`.
 *
 * Commands are interleaved round by round, so that whatever else the machine does falls on all of them alike; figures are
 * medians, and only their ratios mean anything on another machine.
 */
import { PackagePool } from "../../src/packages/solve/package_pool.ts";
import type { AvailableSource } from "../../src/packages/solve/sources.ts";
import type { CasePackage } from "../solver/_case.ts";
import { filelistsXml, primaryXml } from "../solver/_metadata.ts";

const INSTALLED = 1000;
const AVAILABLE = 20_000;
const FILES = 20;

const root = new URL("../..", import.meta.url).pathname;
const redpak = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;
const rounds = Number(option("--rounds") ?? 15);

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
}

function run(command: string, args: readonly string[]): void {
  const { success, stderr } = new Deno.Command(command, { args: [...args], stdin: "null", stdout: "null" })
    .outputSync();
  if (!success) throw new Error(`${command} ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

async function time(step: () => unknown): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Median milliseconds of each step, one round after the other. */
async function measure(steps: Readonly<Record<string, () => unknown>>): Promise<Record<string, number>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, step] of Object.entries(steps)) {
      const elapsed = await time(step);
      if (round >= 0) times[name]!.push(elapsed); // the first warms up
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

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
function repository(scratch: string): AvailableSource {
  const packages = Array.from({ length: AVAILABLE }, (_, index): CasePackage => ({
    ...{ name: `package-${index}`, epoch: "0", version: "1", release: "1", arch: "x86_64", vendor: [] },
    requires: index === 0 ? [] : Array.from({ length: 8 }, (_, at) => `capability-${(index * 7 + at * 13) % index}`),
    provides: [`capability-${index}`],
    ...{ conflicts: [], obsoletes: [], recommends: [], supplements: [] },
    file: [`/usr/bin/program-${index}`],
    listed: Array.from({ length: FILES }, (_, at) => `/usr/share/package-${index}/file-${at}`),
  }));
  Deno.writeTextFileSync(`${scratch}/primary.xml`, primaryXml(packages));
  Deno.writeTextFileSync(`${scratch}/filelists.xml`, filelistsXml(packages));
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

const scratch = Deno.makeTempDirSync({ prefix: "redpak-bench-" });
try {
  const node = installMany(scratch);
  const database = `${node}/usr/lib/sysimage/rpm`;
  const listing = await measure({
    "rpm -qa": () => run("rpm", ["-qa", "--dbpath", database]),
    "redpak list": () => run(redpak, ["list", node]),
    "redpak version": () => run(redpak, ["version"]),
  });
  const xml = repository(scratch);
  const solv = cached(xml, scratch);
  await load(solv, true); // makes the caches
  const loading = await measure({
    "primary.xml": () => load(xml, false),
    "primary.solv": () => load(solv, false),
    "primary.solv, filelists.solv": () => load(solv, true),
  });
  const figures = { installed: INSTALLED, available: AVAILABLE, rounds, listing, loading };
  if (Deno.args.includes("--json")) console.log(JSON.stringify(figures));
  else {
    const show = (title: string, times: Readonly<Record<string, number>>) => {
      const [base = NaN] = Object.values(times);
      console.log(title);
      for (const [name, ms] of Object.entries(times)) {
        console.log(`  ${name.padEnd(30)} ${ms.toFixed(1).padStart(8)} ms  ${(ms / base).toFixed(2)}`);
      }
    };
    show(`${INSTALLED} installed packages`, listing);
    show(`a repository of ${AVAILABLE} packages`, loading);
  }
} finally {
  Deno.removeSync(scratch, { recursive: true });
}
