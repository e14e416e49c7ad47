/** Machines that start sealed nodes at boot, as the files say that `redpak unit` has written in the image. */
import { output } from "./_kernel.ts";
import { boot, type GuestFiles, REDPAK } from "./_rig.ts";

export type Init = "busybox" | "systemd";

export interface Booted {
  /** What the machine printed. */
  readonly lines: readonly string[];
  /** Seconds since its start at which each node's program was ready, by the aliases of nodes. */
  readonly ready: ReadonlyMap<string, number>;
}

/** Where systemd and what it takes is on this machine. */
const SYSTEMD = "/lib/systemd/systemd";

export function systemdMissing(): string | undefined {
  try {
    Deno.statSync(SYSTEMD);
  } catch {
    return `there is no ${SYSTEMD} here`;
  }
}

/**
 * Boots a machine that starts `count` nodes.
 *
 * @param script what it runs when all are ready
 */
export async function bootNodes(init: Init, count: number, script = ""): Promise<Booted> {
  const image = Deno.makeTempDirSync({ prefix: "redpak-boot-" });
  try {
    const lines = await boot({
      files: await makeImage(image, init, count, script),
      programs: init === "systemd" ? ["systemctl"] : [],
      init: init === "systemd" ? SYSTEMD : "/bin/busybox init",
      ...init === "systemd" ? { copies: [SYSTEMD] } : {},
      script: "",
    });
    const ready = new Map<string, number>();
    for (const line of lines) {
      const [, alias, seconds] = /^ready (\S+) ([0-9.]+)$/.exec(line.trim()) ?? [];
      // One that is started again says so twice.
      if (alias !== undefined && !ready.has(alias)) ready.set(alias, Number(seconds));
    }
    return { lines, ready };
  } finally {
    Deno.removeSync(image, { recursive: true });
  }
}

async function makeImage(image: string, init: Init, count: number, script: string): Promise<GuestFiles> {
  const put = (path: string, content: string, mode = 0o644) => {
    Deno.mkdirSync(`${image}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${image}/${path}`, content);
    Deno.chmodSync(`${image}/${path}`, mode);
  };
  put("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
  put("etc/group", "root:x:0:\n");
  Deno.mkdirSync(`${image}/bin`);
  // Launchers are sealed for the kernel of the image: no guest has an older one.
  Deno.mkdirSync(`${image}/lib/modules/6.1.0`, { recursive: true });
  await output("gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-static", "-o", `${image}/bin/ready`, sourceOfReady);
  const aliases = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  for (const [index, alias] of aliases.entries()) {
    const node = `nodes/${alias}`;
    put(`${node}/.rednode.yaml`, `realpath: /${node}\ntimestamp: 1700000000000\nstate: Enable\n`);
    put(`${node}/etc/redpak.yaml`, configuration(alias, index, init));
    // The one that another waits for.
    const slow = init === "systemd" && alias === "n1" ? ["2"] : [];
    await output(REDPAK, "seal", "--image", image, "--certified", `/${node}`, "--", "/bin/ready", alias, ...slow);
  }
  const units = `${image}/units`;
  Deno.mkdirSync(units);
  const format = init === "systemd" ? "systemd" : "inittab";
  await output(REDPAK, "unit", "--all", "/nodes", "--image", image, "--format", format, "-o", units);
  const written = [...Deno.readDirSync(units)].map(({ name }) =>
    [name, Deno.readTextFileSync(`${units}/${name}`)] as const
  );
  const nodes = Object.fromEntries(aliases.flatMap((alias) => {
    const launcher = `nodes/${alias}/.redpak/launcher`;
    const files = [`nodes/${alias}/.rednode.yaml`, `nodes/${alias}/etc/redpak.yaml`];
    return [
      [launcher, Deno.readFileSync(`${image}/${launcher}`)],
      ...files.map((file) => [file, Deno.readTextFileSync(`${image}/${file}`)]),
    ];
  }));
  const common = { ...nodes, "bin/ready": Deno.readFileSync(`${image}/bin/ready`) };
  return init === "systemd"
    ? { ...common, ...systemdFiles(written, script) }
    : { ...common, ...busyboxFiles(written[0]![1], count, script) };
}

const sourceOfReady = new URL("ready.c", import.meta.url).pathname;

/** Those of a machine with systemd notify, one has a socket, and one waits for another. */
function configuration(alias: string, index: number, init: Init): string {
  const service = init === "busybox"
    ? ""
    : `, notify: true${index === 0 ? ", listen: [ { stream: 127.0.0.1:8080 } ]" : ""}${
      index === 1 ? ", after: [ n1 ]" : ""
    }`;
  return `headers: { alias: ${alias} }
exports:
  - { mode: Restricted, mount: /bin }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
config: { path: /bin${service} }
`;
}

/** Init starts the nodes all at once; who counts them ends the machine. */
function busyboxFiles(inittab: string, count: number, script: string): GuestFiles {
  return {
    "etc/inittab": `${inittab}::once:/bin/sh /report\n`,
    report: `CG=/sys/fs/cgroup
for try in $(seq 120); do
  running=$(cat $CG/redpak/node-*/run-*/cgroup.procs 2>/dev/null | wc -l)
  [ "$running" -ge ${2 * count} ] && break
  # Looking costs the machine time that the nodes need.
  sleep 1
done
${script}
echo "end of report"
reboot -f
`,
  };
}

/** Units that every other one stands on; what they want besides is left out. */
const TARGETS = [
  "basic",
  "sysinit",
  "multi-user",
  "sockets",
  "shutdown",
  "umount",
  "final",
  "local-fs",
  "slices",
  "paths",
  "timers",
];

/** What those of a user's manager stand on. */
const USER_TARGETS = ["basic", "default", "shutdown", "sockets", "paths", "timers"];

/** As user@.service of systemd, without PAM and logind. */
const USER_MANAGER = `[Service]
User=1000
RuntimeDirectory=user/1000
Environment=XDG_RUNTIME_DIR=/run/user/1000
Type=notify
ExecStart=/lib/systemd/systemd --user
KillMode=mixed
Delegate=pids memory cpu
`;

function systemdFiles(units: readonly (readonly [string, string])[], script: string): GuestFiles {
  const names = units.map(([name]) => name);
  const report = `[Unit]
After=${names.filter((name) => name.endsWith(".service")).join(" ")}
[Service]
Type=oneshot
StandardOutput=file:/dev/console
StandardError=inherit
ExecStart=/bin/sh /report
`;
  return {
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/os-release": "ID=test\n",
    ...Object.fromEntries(TARGETS.map((name) => [
      `lib/systemd/system/${name}.target`,
      Deno.readTextFileSync(`/lib/systemd/system/${name}.target`),
    ])),
    ...Object.fromEntries(USER_TARGETS.map((name) => [
      `usr/lib/systemd/user/${name}.target`,
      Deno.readTextFileSync(`/usr/lib/systemd/user/${name}.target`),
    ])),
    "etc/systemd/system/user@1000.service": USER_MANAGER,
    // In the place of `systemctl enable`.
    "etc/systemd/system/default.target": `[Unit]
Requires=multi-user.target report.service
Wants=${names.join(" ")}
`,
    "etc/systemd/system/report.service": report,
    // Programs print to where the report does.
    "etc/systemd/system.conf":
      "[Manager]\nDefaultStandardOutput=tty\nShowStatus=no\nLogTarget=console\nLogLevel=warning\n",
    ...Object.fromEntries(units.map(([name, text]) => [`etc/systemd/system/${name}`, text])),
    report: `export PATH=/bin
${script}
echo "end of report"
reboot -f
`,
  };
}
