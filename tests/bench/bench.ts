/**
 * Starting nodes beside peers, in the same sandbox as far as each can build it: `deno task bench [--rounds N] [--crowd N]
 * [--install] [--only WORD,WORD] [--json FILE] [--svg FILE]` (needs root and scripts/build).
 *
 * Commands are interleaved round by round, so that whatever else the machine does falls on all of them alike; figures are
 * medians, and only their ratios mean anything on another machine. --install gets the peers from Debian.
 */
import { type Bar, chart } from "./_chart.ts";
import { type Crowd, crowd, diskUse, type Footprint, footprint } from "./_footprint.ts";
import { option } from "./_option.ts";
import { must, PACKAGES, type Sandbox, sandboxes } from "./_sandboxes.ts";
import { measureWith, type StartTime, startTimes, throughput } from "./_start_times.ts";

const root = new URL("../..", import.meta.url).pathname;
const redpak = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;
const rounds = Number(option("--rounds") ?? 60);
const most = Number(option("--crowd") ?? 1000);
const only = option("--only")?.split(",");

interface Result {
  readonly machine: string;
  readonly date: string;
  readonly rounds: number;
  readonly start: Record<string, StartTime>;
  readonly footprint: Record<string, Footprint>;
  /** Launches in a second, with as many loops as there are processors. */
  readonly throughput: Record<string, number>;
  readonly crowd: Record<string, Crowd>;
  /** KiB: a node without packages, and its launcher. */
  readonly disk: { readonly node: number; readonly launcher: number };
  readonly missing: readonly string[];
}

function machine(): string {
  const model = /^model name\s*:\s*(.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  return `${navigator.hardwareConcurrency} × ${model}, Linux ${Deno.osRelease()}`;
}

/** Those whose cost at rest is compared: what takes a second to start is not started a thousand times. */
const AT_REST = [
  "redpak, sealed",
  "redpak, sealed as a user",
  "redpak, sealed, init: none",
  "redpak run",
  "bwrap",
  "crun",
  "lxc-execute",
  "firejail",
];
const AT_ONCE = ["redpak, sealed", "redpak, sealed as a user", "bwrap", "bwrap as a user", "crun"];
const IN_CROWDS = ["redpak, sealed", "bwrap"];

async function measureAll(scratch: string): Promise<Result> {
  for (const name of ["measure", "floor"]) {
    must("cc", ["-O2", "-static", "-o", `${scratch}/${name}`, `${root}tests/bench/${name}.c`]);
  }
  const { all, missing } = sandboxes({ scratch, redpak, floor: `${scratch}/floor` });
  const wanted = all.filter(({ name }) => only === undefined || only.some((word) => name.includes(word)));
  // Deno writes its caches where it may; the binary has none.
  const deno: Sandbox = {
    name: "deno, an empty file",
    uid: 0,
    env: { DENO_DIR: "/dev/null" },
    start: () => ["deno", "run", `${scratch}/empty.js`],
  };
  const version: Sandbox = { name: "redpak version", uid: 0, start: () => [redpak, "version"] };
  Deno.writeTextFileSync(`${scratch}/empty.js`, "");

  const measure = measureWith(`${scratch}/measure`);
  const start = startTimes([...wanted, deno, version], measure, rounds);
  const named = (names: readonly string[]) => wanted.filter(({ name }) => names.includes(name));
  const result = {
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    rounds,
    start: Object.fromEntries(start),
    footprint: {} as Record<string, Footprint>,
    throughput: {} as Record<string, number>,
    crowd: {} as Record<string, Crowd>,
    disk: { node: diskUse(`${scratch}/0/node`), launcher: diskUse(`${scratch}/0/launcher-0`) },
    missing,
  };
  for (const sandbox of named(AT_ONCE)) {
    result.throughput[sandbox.name] = await throughput(sandbox, `${scratch}/measure`, 2 * rounds);
  }
  for (const sandbox of named(AT_REST)) result.footprint[sandbox.name] = await footprint(sandbox);
  for (const sandbox of named(IN_CROWDS)) result.crowd[sandbox.name] = await crowd(sandbox, measure, most);
  return result;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  return [header, ...rows].map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)).join("  ")
      .trimEnd()
  ).join("\n") + "\n";
}

function show(result: Result): string {
  const of = (name: string) => result.start[name]?.median ?? NaN;
  const times = Object.entries(result.start).toSorted(([, a], [, b]) => a.median - b.median);
  return [
    `${result.machine}; ${result.date}; ${result.rounds} interleaved rounds\n`,
    table(
      ["start and end of true", "median ms", "p95", "× floor", "× bwrap", "− deno ms"],
      times.map(([name, { median, p95 }]) => [
        name,
        median.toFixed(1),
        p95.toFixed(1),
        (median / of(name.endsWith("as a user") ? "floor as a user" : "floor")).toFixed(2),
        (median / of(name.endsWith("as a user") ? "bwrap as a user" : "bwrap")).toFixed(2),
        (median - of("deno, an empty file")).toFixed(1),
      ]),
    ),
    table(
      ["beside a program at rest", "processes", "Pss KiB", "group KiB, first 10", "to 100"],
      Object.entries(result.footprint).map(([name, { processes, pss, slopes }]) => [
        name,
        processes.toFixed(1),
        pss.toFixed(0),
        ...[0, 1].map((index) => slopes?.[index]?.toFixed(0) ?? "–"),
      ]),
    ),
    table(
      ["launches at once", "in a second", "× bwrap"],
      Object.entries(result.throughput).map(([name, count]) => [
        name,
        count.toFixed(0),
        (count / (result.throughput[name.endsWith("as a user") ? "bwrap as a user" : "bwrap"] ?? NaN)).toFixed(2),
      ]),
    ),
    table(
      ["start beside others that run", "running", "× beside ten"],
      Object.entries(result.crowd).map(([name, { running, ratio }]) => [name, String(running), ratio.toFixed(2)]),
    ),
    `on disk: a node without packages ${result.disk.node} KiB, its launcher ${result.disk.launcher} KiB\n`,
    ...result.missing.map((line) => `left out: ${line}\n`),
  ].join("\n");
}

function bars({ start }: Result): Bar[] {
  return Object.entries(start).map(([name, time]) => ({ name, ...time, isOurs: name.startsWith("redpak") }));
}

if (Deno.uid() !== 0) throw new Error("the benchmark starts sandboxes as root and as another user: it needs root");
if (Deno.args.includes("--install")) {
  must("apt-get", ["install", "-y", "--no-install-recommends", ...PACKAGES], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}
const scratch = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "redpak-bench-" });
Deno.chmodSync(scratch, 0o755);
try {
  const result = await measureAll(scratch);
  const [json, svg] = [option("--json"), option("--svg")];
  if (json !== undefined) Deno.writeTextFileSync(json, JSON.stringify(result, null, 2) + "\n");
  if (svg !== undefined) {
    Deno.writeTextFileSync(
      svg,
      chart(bars(result), `${result.machine}; ${result.date}; a stroke is the 95th percentile`),
    );
  }
  console.log(show(result));
} finally {
  Deno.removeSync(scratch, { recursive: true });
}
