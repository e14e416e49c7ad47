/**
 * One plan, two executors: TypeScript for the host phase and the stage for the rest, as `redpak run` by root, and the stage
 * alone. The same program must see the same sandbox.
 */
import assert from "node:assert/strict";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { compile } from "./_compile.ts";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { stage, withoutCgroups } from "./_staged_node.ts";

/** What a program can find out about its surroundings; device numbers and ids of mounts are new each time. */
const SHOW = `
cut -d' ' -f4- /proc/self/mountinfo | sed 's/ - / /' | sort
for name in user mnt pid ipc uts net cgroup time; do readlink /proc/self/ns/$name; done
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig[^Q])' /proc/self/status
cat /proc/self/limits /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups /proc/1/comm 2>&1
tr '\\0' '\\n' </proc/self/environ; cat /proc/1/cmdline 2>&1 | tr '\\0' '\\n'
pwd; umask; hostname; [ $PPID != 1 ] || echo $$; ls -l /proc/self/fd | sed 's/.* \\([0-9]*\\) -> /\\1 /'
find / -xdev -printf '%p %y %m %U %G %l\\n' | sort
find /dev /dev/pts /tmp /data -xdev -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort`;

/** Namespaces that are new have a new number each time. */
function normalize(text: string): string {
  const names = ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup", "time"];
  const shared = names.map((name) => Deno.readLinkSync(`/proc/self/ns/${name}`));
  return text.replace(/^(\w+):\[\d+\]$/gm, (link, name) => shared.includes(link) ? link : `${name} of its own`)
    .replace(/\b(pipe|socket):\[\d+\]/g, "$1").replace(/^3 .*\n/m, "");
}

const EXPORTS = (path: string) => `
  - { mode: Public, mount: /data, path: ${path}/data }
  - { mode: Restricted, mount: /data/below, path: ${path}/made/by/launch }
  - { mode: RestrictedFile, mount: /etc/file, path: ${path}/file }
  - { mode: PublicFile, mount: /absent, path: ${path}/absent, optional: true }
  - { mode: Anonymous, mount: /anonymous/directory }
  - { mode: Symlink, mount: /link, path: /etc/file }
  - { mode: Execfd, mount: /etc/made, path: echo made }
  - { mode: Mqueue, mount: /dev/mqueue }
`;

const NODES: Readonly<Record<string, (path: string) => string>> = {
  "the usual exports": () => SYSTEM + PATH,
  "all modes of exports": (path) => SYSTEM.trimEnd() + EXPORTS(path) + PATH,
  "exports below those that init makes": (path) =>
    SYSTEM.trimEnd() + `\n  - { mode: RestrictedFile, mount: /proc/version, path: ${path}/file }\n` + PATH,
  "another user, host name, umask and directory": (path) =>
    SYSTEM.trimEnd() + EXPORTS(path) + PATH + "  set-user: 1234\n  set-group: 77\n  hostname: box\n  umask: 027\n" +
    "  chdir: /tmp\n",
  "map-root-user and capabilities": () =>
    SYSTEM + PATH + "  set-user: 1234\n  map-root-user: 1\n  capabilities: [ { cap: CAP_CHOWN, add: 1 } ]\n",
  "shared namespaces": (path) =>
    SYSTEM.trimEnd() + EXPORTS(path) + PATH + "  share_user: enabled\n  share_pid: enabled\n  share_ipc: enabled\n" +
    "  share_net: enabled\n  share_cgroup: enabled\n",
  "nothing but processes in /proc": () => SYSTEM + PATH + "  proc: pid\n  set-user: 1234\n",
  "namespaces that are joined, a time of its own": () =>
    SYSTEM + PATH + "  share_net: /proc/self/ns/net\n  share_time: disabled\n  inherit-env: true\n",
};

/** System calls that kernels lack, by name and number on x86_64. */
const KERNELS: Readonly<Record<string, readonly number[]>> = {
  "a current kernel": [],
  "Linux 5.6 to 5.11": [442],
  "Linux 4.19": [442, 437, 428, 429, 430, 431, 432, 436],
};

for (const [kernel, missing] of Object.entries(KERNELS)) {
  if (missing.length > 0 && Deno.build.arch !== "x86_64") continue;
  for (const [name, config] of Object.entries(NODES)) {
    // Only its stage can take a source there: the launcher refuses it.
    if (missing.length > 0 && name.includes("below")) continue;
    rootTest(`${kernel}: both executors make the same of ${name}`, async () => {
      using scratch = new Scratch();
      scratch.file("file", "content\n");
      scratch.file("data/inner/file", "content\n");
      const node = scratch.node("n", config(scratch.path));
      const enosys = missing.length === 0 ? [] : [await compile("enosys.c"), ...missing.map(String), "--"];
      const start = (program: string, ...args: string[]) => {
        const [command = "", ...rest] = [...enosys, program, ...args];
        return exec(command, rest, { cwd: "/", env: { A: "b" } });
      };

      // They have no id-mapped mounts.
      const compat = missing.length === 0 ? [] : ["--compat"];

      const first = start(REDPAK, "run", ...compat, node, "--", "sh", "-c", SHOW);
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      const launcher = wholePlan(scratch, node, compat);
      const second = start("bash", "-c", 'exec -a redpak "$0"', launcher);
      assert.equal(second.stderr, first.stderr);
      assert.deepEqual(normalize(second.stdout).split("\n"), normalize(first.stdout).split("\n"));
      assert.ok(first.stdout.split("\n").length > 60);
    });
  }
}

/** A stage that carries the whole plan of a node, the outputs of its commands in their places. */
function wholePlan(scratch: Scratch, node: string, options: readonly string[]): string {
  const args = ["plan", ...options, node, "--format", "json", "--", "sh", "-c", SHOW];
  const json = redpak(args, { cwd: "/", env: { A: "b" } });
  assert.equal(json.code, 0, json.stderr);
  const plan = withoutCgroups(planFromJson(JSON.parse(json.stdout)));
  const operations = plan.operations.map((operation) =>
    operation.operation === "file" ? { ...operation, content: { text: "made\n" } } : operation
  );
  const file = `${scratch.path}/launcher`;
  Deno.writeFileSync(file, attachPlan(stage(), encodePlan({ ...plan, pending: [], operations })), { mode: 0o755 });
  return file;
}
