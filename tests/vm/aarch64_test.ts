/**
 * Sealed launchers for aarch64, made on x86_64, in an aarch64 machine: programs find there what those of the same nodes find on x86_64.
 * Both machines are emulated, and have the same release of Debian's kernel.
 */
import assert from "node:assert/strict";
import { halfOf } from "../../src/plan/default_limits.ts";
import { compileWith } from "../system/_compile.ts";
import { confinement } from "../system/_confinement.ts";
import { REFUSED } from "../system/_seccomp_answers.ts";
import { ARM32 } from "./_arm32.ts";
import { boot, type GuestFiles, reasonToSkip, reasonToSkipAarch64 } from "./_rig.ts";

const SYSTEM = `exports:
  - { mode: Restricted, mount: /bin }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
`;
const config = (text: string, exports = "") => `${SYSTEM}${exports}config:\n  path: /bin\n${text}`;
const template = (name: string) =>
  Deno.readTextFileSync(new URL(`../../policies/templates/${name}-normal.yaml`, import.meta.url));

/** Nodes of root and of an ordinary user by their directories. */
const COMMON: Readonly<Record<string, string>> = {
  "plain": config(""),
  "strict": config("  profile: strict\n"),
  "limited": config(
    `  cgroups: { cpu: { weight: 50, max: "30000 60000" }, mem: { low: 2M, max: 64M, swap_max: 2M }, pids: { max: 40 } }
  rlimits: { nofile: 100:200, memlock: 64K, core: 0 }\n  oom-score: 300\n`,
  ),
  "limited/inner": config("  cgroups: { pids: { max: 30 } }\n  landlock: required\n  proc: pid\n"),
  "root": template("root"),
  "root/leaf": template("leaf"),
};
const ROOT: Readonly<Record<string, string>> = {
  ...COMMON,
  "full": template("full"),
  "shared": config("  share_all: enabled\n  seccomp: none\n  profile: trusted\n  umask: 027\n"),
  "network": config("  profile: nonetwork\n  share_time: disabled\n  hostname: box\n  chdir: /tmp\n"),
  "device": config("  devices: [ { path: /dev/ram1, access: r } ]\n"),
  "other": config(
    "  set-user: 1234\n  set-group: 77\n  map-root-user: 1\n  capabilities: [ { cap: CAP_CHOWN, add: 1 } ]\n",
    "  - { mode: Public, mount: /data, path: $NODE_PATH/data }\n  - { mode: Symlink, mount: /link, path: /data }\n",
  ),
};

const directories: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(ROOT).map(([path, text]) => [`of-root/${path}`, text])),
  ...Object.fromEntries(Object.entries(COMMON).map(([path, text]) => [`of-user/${path}`, text])),
};
const nameOf = (path: string) => path.replaceAll("/", ".");

function nodes(): GuestFiles {
  return Object.fromEntries(
    Object.entries(directories).flatMap(([path, text]) => [
      [`prepared/${path}/.rednode.yaml`, `realpath: /nodes/${path}\ntimestamp: 1700000000000\nstate: Enable\n`],
      [
        `prepared/${path}/etc/redpak.yaml`,
        /^headers/m.test(text) ? text : `headers: { alias: ${nameOf(path)} }\n${text}`,
      ],
    ]),
  );
}

async function probes(compiler: string): Promise<GuestFiles> {
  const names = ["state", "seccomp_probe"];
  const made = names.map((name) => compileWith(compiler, `${name}.c`, "-static", "-pthread"));
  return Object.fromEntries((await Promise.all(made)).map((file, at) => [`bin/${names[at]}`, Deno.readFileSync(file)]));
}

const read = (name: string) => Deno.readTextFileSync(new URL(`aarch64_${name}.sh`, import.meta.url));

async function x86Machine(): Promise<readonly string[]> {
  const script = ["nodes", "seal", "answers"].map(read).join("\n");
  return await boot({ script, modules: ["brd"], files: { ...nodes(), ...await probes("gcc") } });
}

async function aarch64Machine(printed: readonly string[]): Promise<readonly string[]> {
  const launchers = [...printed.join("\n").matchAll(/^launcher (\S+)\n([^]*?)\nend of launcher$/gm)];
  const files = await Promise.all(launchers.map(async ([, name, text = ""]) => {
    const packed = new Blob([Uint8Array.fromBase64(text)]).stream();
    return [
      `launchers/${name}`,
      await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).bytes(),
    ] as const;
  }));
  return await boot({
    architecture: "aarch64",
    script: ["nodes", "answers"].map(read).join("\n"),
    modules: ["brd"],
    files: {
      ...nodes(),
      ...Object.fromEntries(files),
      "bin/arm32": ARM32,
      ...await probes("aarch64-linux-gnu-gcc"),
    },
  });
}

/** What differs because the machines do, as x86_64 and aarch64 say it; everything else has to be the same. */
const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  // There is no instruction for the calls of i386: the probe has not tried any. What stands for it is `ARM32`.
  ["call i386 SYS", "call i386 ok"],
  // Numbers of another table: those of x32 end the program, on aarch64 they are unknown.
  ["call x32 SYS", "call x32 ENOSYS"],
]);

class Machine {
  readonly #lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** What was said behind a word. */
  said(word: string): string[] {
    return this.#lines.flatMap((line) => line.startsWith(word) ? [line.slice(word.length)] : []);
  }

  /** What was found in a node and about it; what is as the machine has it is called so. */
  found(node: string): string[] {
    const said = this.said(`of ${node}: `);
    const end = said.indexOf("end=") + 1;
    const state = confinement(said.slice(0, end).join("\n") + "\n", this.said("machine namespace="));
    const talk = () => `${node} said:\n${said.join("\n")}\n${end === 0 ? this.#lines.slice(-20).join("\n") : ""}`;
    assert(state !== undefined && said.includes("end of program"), talk());
    const half = String(halfOf(Number(this.said("machine memory=")[0])));
    const limits = this.said("machine limit=");
    return [...state.split("\n"), ...said.slice(end)].filter((line) => !line.startsWith("NSpid:")).map((line) =>
      limits.includes(line) ? `${line.slice(0, 26)}as outside` : line.replaceAll(half, "half of the memory").replace(
        /((?:rootfs|devtmpfs) \S+ rw),size=\d+k,nr_inodes=\d+/,
        "$1",
      )
    );
  }
}

const reason = Deno.env.get("REDPAK_AARCH64") === undefined
  ? "two emulated machines take minutes; REDPAK_AARCH64=1 runs them"
  : await reasonToSkip() ?? await reasonToSkipAarch64();
if (reason !== undefined) console.log(`skipped: sealed launchers in an aarch64 machine: ${reason}`);
const here = reason === undefined ? await x86Machine() : [];
const there = reason === undefined ? await aarch64Machine(here) : [];
const [x86, aarch64] = [new Machine(here), new Machine(there)];
const test = (name: string, fn: () => void) => Deno.test({ name, ignore: reason !== undefined, fn });

for (const node of Object.keys(directories).map(nameOf)) {
  test(`what a program finds in the node ${node} is the same on aarch64`, () => {
    const expected = x86.found(node).map((line) => DIFFERENCES.get(line) ?? line);
    const found = aarch64.found(node).filter((line) => !line.startsWith("another instruction set"));
    assert.deepEqual(found, expected);
    assert(found.includes("exit code 0") && found.length > 120, found.join("\n"));
  });

  const isFiltered = node !== "of-root.shared";
  test(`calls that the filter of the node ${node} ${isFiltered ? "refuses" : "would refuse"} on aarch64`, () => {
    const calls = new Map(aarch64.said(`of ${node}: call `).map((line) => line.split(" ") as [string, string]));
    const refused = Object.entries(REFUSED).filter(([name, answer]) => calls.get(name) === answer);
    if (isFiltered) assert.deepEqual(Object.fromEntries(refused), REFUSED);
    else assert(refused.length < 20, String(refused));
    const [status] = aarch64.said(`of ${node}: another instruction set: `);
    // 128 and the number of SIGSYS.
    assert.equal(status, isFiltered ? "159" : "42");
  });
}
