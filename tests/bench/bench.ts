/**
 * Start-up time and memory of the built binary beside its peers: `deno task bench [--rounds N] [--json]`.
 *
 * Commands are interleaved round by round, so that whatever else the machine does falls on all of them alike; figures are
 * medians, and only their ratios mean anything on another machine.
 */

const root = new URL("../..", import.meta.url).pathname;
const redpak = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;
const rounds = Number(option("--rounds") ?? 60);
const json = Deno.args.includes("--json");

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
}

function run(command: string, args: string[], env: Record<string, string> = {}): string {
  const { code, stdout, stderr } = new Deno.Command(command, { args, env }).outputSync();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited ${code}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Pss in KiB of a process, from smaps_rollup(5). */
function pss(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`))?.[1] ?? NaN);
}

function children(pid: number): number[] {
  return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean).map(Number);
}

const scratch = Deno.makeTempDirSync({ prefix: "redpak-bench-" });
try {
  run("cc", ["-O2", "-o", `${scratch}/measure`, `${root}tests/bench/measure.c`]);
  Deno.writeTextFileSync(`${scratch}/empty.js`, "");
  run(redpak, ["create", `${scratch}/template`, "--alias", "template", "--template", "root"]);
  // What the arguments of bwrap below say.
  const node = `${scratch}/node`;
  Deno.writeTextFileSync(
    `${scratch}/node.yaml`,
    `headers: { alias: bench }
exports:
${
      ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/passwd", "/etc/group"].map((path) =>
        `  - { mode: Restricted, mount: ${path}, optional: true }\n`
      ).join("")
    }  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
  - { mode: Anonymous, mount: /run }
  - { mode: Anonymous, mount: /var }
config: { path: "/usr/bin:/bin", hostname: bench, die-with-parent: Enabled, share_net: enabled }
`,
  );
  run(redpak, ["create", node, "--alias", "bench", "--template", `${scratch}/node.yaml`]);
  const bwrap = [
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup", "--hostname", "bench"],
    ...["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin"],
    ...[
      "--ro-bind",
      "/usr",
      "/usr",
      "--ro-bind",
      "/bin",
      "/bin",
      "--ro-bind",
      "/sbin",
      "/sbin",
      "--ro-bind",
      "/lib",
      "/lib",
    ],
    ...[
      "--ro-bind-try",
      "/lib64",
      "/lib64",
      "--ro-bind",
      "/etc/passwd",
      "/etc/passwd",
      "--ro-bind",
      "/etc/group",
      "/etc/group",
    ],
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/run", "--dir", "/var", "true"],
  ];
  const commands: Record<string, string[]> = {
    "fork+exec of true": ["/bin/true"],
    "deno run of an empty file": ["deno", "run", `${scratch}/empty.js`],
    "redpak version": [redpak, "version"],
    "redpak run NODE -- true": [redpak, "run", node, "--", "true"],
    "… of the root template": [redpak, "run", `${scratch}/template`, "--", "true"],
    "bwrap … true": ["bwrap", ...bwrap],
  };
  const samples = new Map(Object.keys(commands).map((name): [string, number[]] => [name, []]));
  for (let round = -3; round < rounds; round++) {
    for (const [name, command] of Object.entries(commands)) {
      // DENO_DIR: plain Deno would write its caches, the binary does not.
      const ns = Number(run(`${scratch}/measure`, command, { DENO_DIR: "/dev/null" }));
      if (round >= 0) samples.get(name)?.push(ns / 1e6);
    }
  }

  const running = new Deno.Command(redpak, { args: ["run", node, "--", "sleep", "60"], stdin: "null" }).spawn();
  let beside: number[] = [];
  for (let tries = 0; tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    const init = children(running.pid)[0];
    if (init !== undefined && children(init).length > 0) {
      beside = [pss(running.pid), pss(init)];
      break;
    }
  }
  running.kill("SIGTERM");
  await running.status;

  const sorted = (name: string) => (samples.get(name) ?? []).toSorted((a, b) => a - b);
  const deno = percentile(sorted("deno run of an empty file"), 0.5);
  const bubblewrap = percentile(sorted("bwrap … true"), 0.5);
  const rows = Object.keys(commands).map((name) => {
    const all = sorted(name);
    const median = percentile(all, 0.5);
    return { name, median, p95: percentile(all, 0.95), overDeno: median - deno, ratioToBwrap: median / bubblewrap };
  });
  const memory = beside.reduce((sum, kib) => sum + kib, 0);
  if (json) {
    console.log(JSON.stringify({ rounds, rows, pssKiBBesideProgram: memory, processesBesideProgram: beside.length }));
  } else {
    console.log(`${rounds} interleaved rounds\n`);
    console.log(
      `${"".padEnd(28)}${"median ms".padStart(10)}${"p95".padStart(8)}${"− deno".padStart(9)}${"× bwrap".padStart(9)}`,
    );
    for (const row of rows) {
      console.log(
        row.name.padEnd(28) + row.median.toFixed(1).padStart(10) + row.p95.toFixed(1).padStart(8) +
          row.overDeno.toFixed(1).padStart(9) + row.ratioToBwrap.toFixed(2).padStart(9),
      );
    }
    console.log(`\nbeside the program: ${memory} KiB Pss in ${beside.length} processes`);
  }
} finally {
  Deno.removeSync(scratch, { recursive: true });
}
