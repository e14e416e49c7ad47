/** `audit` of the built binary: nothing on an untouched node, and whatever somebody changes. */
import assert from "node:assert/strict";
import { summedRecord } from "../../src/launch/_summed_record.ts";
import { exec, exists, redpak, rootTest, Scratch } from "./_node.ts";
import { asEach, by, Running, type User, usualNode } from "./_running.ts";
import { until } from "./_until.ts";

const ROOT: User = { name: "root", uid: 0, directory: "/run/redpak", env: {} };

interface Drift {
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
  readonly where?: { readonly file: string; readonly line: number };
}

function audit(user: User, id: string): Drift[] {
  const { code, stdout, stderr } = by(user, "audit", id, "--json");
  assert.equal(stderr, "");
  const { drifts }: { drifts: Drift[] } = JSON.parse(stdout).data;
  assert.equal(code, drifts.length === 0 ? 0 : 1);
  return drifts;
}

for (const template of ["root", "leaf", "full"]) {
  asEach(`an untouched node of the template ${template} is as its plan says`, async (user, scratch) => {
    const parent = `${scratch.path}/root`;
    const create = (...args: string[]) => {
      const { code, stderr } = redpak(["create", ...args]);
      assert.equal(code, 0, stderr);
    };
    create(parent, "--template", "root");
    const node = template === "root" ? parent : `${parent}/child`;
    if (template !== "root") create(node, "--template", template);
    exec("chown", ["-R", `${user.uid}:${user.uid}`, parent]);
    await using running = await Running.start(user, node);
    assert.deepEqual(audit(user, running.id), []);
    assert.match(by(user, "audit", running.id).stdout, /is as its plan says/);
    const entered = new Deno.Command("setpriv", {
      args: [
        ...["--reuid", String(user.uid), "--regid", String(user.uid), "--clear-groups"],
        ...[Deno.env.get("REDPAK") ?? new URL("../../dist/redpak", import.meta.url).pathname],
        ...["enter", running.id, "--", "sh", "-c", "echo ready; exec sleep 1000"],
      ],
      env: user.env,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    await entered.stdout.getReader().read();
    assert.deepEqual(audit(user, running.id), [], "who enters is confined as the plan says");
    entered.kill("SIGTERM");
    await entered.status;
  });
}

const CONFIGS: Readonly<Record<string, string>> = {
  "shared namespaces":
    "  share_user: enabled\n  share_net: enabled\n  share_ipc: enabled\n  share_pid: enabled\n  share_cgroup: enabled\n",
  "namespaces of its own": "  share_net: disabled\n  share_time: disabled\n  hostname: box\n  umask: 077\n",
  "capabilities and another user": "  capabilities: [ { cap: CAP_CHOWN, add: 1 }, { cap: CAP_NET_RAW, add: 1 } ]\n",
};

for (const [name, config] of Object.entries(CONFIGS)) {
  asEach(`an untouched node with ${name} is as its plan says`, async (user, scratch) => {
    await using running = await Running.start(user, usualNode(scratch, config));
    assert.deepEqual(audit(user, running.id), []);
  });
}

rootTest(
  "an untouched node with a joined namespace, a mount below a source, and another user is as its plan says",
  async () => {
    using scratch = new Scratch();
    const data = `${scratch.path}/data`;
    Deno.mkdirSync(`${data}/below`, { recursive: true });
    assert.equal(exec("mount", ["-t", "tmpfs", "redpak-test", `${data}/below`]).code, 0);
    try {
      const node = usualNode(scratch, "  share_net: /proc/self/ns/net\n  set-user: 1234\n  set-group: 77\n");
      addExport(node, `{ mode: Public, mount: /data, path: ${data} }`);
      await using running = await Running.start(ROOT, node);
      assert.deepEqual(audit(ROOT, running.id), []);
    } finally {
      exec("umount", [`${data}/below`]);
    }
  },
);

function addExport(node: string, line: string): void {
  const file = `${node}/etc/redpak.yaml`;
  Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("exports:\n", `exports:\n  - ${line}\n`));
}

interface Planted {
  /** A shell command: $init, $program, $inside (of the mounts, the network and so on) and $data stand for what they say. */
  readonly script: string;
  /** Of one of the drifts that are found. */
  readonly subject: RegExp;
  readonly found?: RegExp;
  /** The configuration line that is named. */
  readonly where?: boolean;
  /** Something that runs while the audit looks. */
  readonly stays?: boolean;
  /** The node makes no user namespace: in one, the kernel has locked its mounts against everybody. */
  readonly unlocked?: boolean;
}

const MOUNTS = "nsenter -t $init -m -U";
const PLANTED: Readonly<Record<string, Planted>> = {
  "a file system is mounted": { script: `${MOUNTS} mount -t tmpfs none /tmp`, subject: /^mount \/tmp$/ },
  "a directory is bound": { script: `${MOUNTS} mount --bind /usr /tmp`, subject: /^mount \/tmp$/, found: /\/usr of/ },
  "an export is covered": { script: `${MOUNTS} mount -t tmpfs none /usr`, subject: /^mount \/usr$/ },
  "a part of an export is covered": {
    script: `${MOUNTS} mount -t tmpfs none /usr/share`,
    subject: /^mount \/usr\/share$/,
  },
  "an export is unmounted": {
    script: `nsenter -t $init -m umount /data`,
    subject: /^mount \/data$/,
    found: /no such/,
    where: true,
    unlocked: true,
  },
  "an export becomes writable": {
    script: `nsenter -t $init -m mount -o remount,bind,rw,nosuid,nodev /usr`,
    subject: /^mount \/usr$/,
    found: /^nosuid,nodev$/,
    where: true,
    unlocked: true,
  },
  "an export lets set-user-id programs be": {
    script: `nsenter -t $init -m mount -o remount,bind,ro,suid,nodev /usr`,
    subject: /^mount \/usr$/,
    found: /^ro,nodev$/,
    unlocked: true,
  },
  "an export becomes read-only": {
    script: `${MOUNTS} mount -o remount,bind,ro,nosuid,nodev /data`,
    subject: /^mount \/data$/,
    found: /^ro,/,
  },
  "a tmpfs gets larger": {
    script: "nsenter -t $init -m mount -o remount,size=1G /tmp",
    subject: /^mount \/tmp$/,
    found: /^size=1048576k,/,
    where: true,
    unlocked: true,
  },
  "a tmpfs becomes executable": {
    script: "nsenter -t $init -m mount -o remount,bind,nosuid,nodev,exec /tmp",
    subject: /^mount \/tmp$/,
    found: /^nosuid,nodev$/,
    where: true,
    unlocked: true,
  },
  "protection of /proc is undone": {
    script: `${MOUNTS} mount -o remount,bind,rw,nosuid,nodev,noexec /proc/sys`,
    subject: /^mount \/proc\/sys$/,
  },
  "protection of /proc is taken away": {
    script: `${MOUNTS} -p umount /proc/sys`,
    subject: /^mount \/proc\/sys$/,
    found: /no such/,
    where: true,
  },
  "an optional export is unmounted": {
    script: "nsenter -t $init -m -p umount /optional",
    subject: /^mount \/optional$/,
    found: /no such/,
    where: true,
    unlocked: true,
  },
  "mounts are shared with other namespaces": {
    script: `${MOUNTS} mount --make-shared /usr`,
    subject: /^mount \/usr$/,
    found: /^shared:\d+$/,
    where: true,
  },
  "an export is replaced on the host": {
    script: "mv $data $data.old; mkdir $data",
    subject: /^mount \/data$/,
    found: /data\.old of/,
    where: true,
  },
  "the host name is changed": {
    script: "nsenter -t $init -u hostname other",
    subject: /^host name$/,
    found: /^other$/,
    where: true,
  },
  "the limit of open files is raised": {
    script: "prlimit --pid $program --nofile=2048:4096",
    subject: /^limit nofile of process/,
    found: /^soft=2048,hard=4096$/,
  },
  "a limit that the plan leaves alone is changed": {
    script: "prlimit --pid $program --sigpending=100:100",
    subject: /^limit sigpending of/,
  },
  "the program is the first to go when memory is short": {
    script: "echo 500 >/proc/$program/oom_score_adj",
    subject: /^oom_score_adj of/,
    found: /^500$/,
  },
  "the priority of the program is changed": { script: "renice -n -5 -p $program", subject: /^nice value of/ },
  "a network interface is added": {
    script:
      "nsenter -t $init -n ip tuntap add dev planted mode tun || nsenter -t $init -n ip link add planted type dummy",
    subject: /^network interfaces$/,
    found: /planted/,
  },
  "a process with all capabilities joins": {
    script: "exec nsenter -t $init -a sleep 1000",
    subject: /^CapEff of process \d+ \(sleep\)$/,
    stays: true,
  },
  "a process joins that may gain privileges": {
    script: "exec nsenter -t $init -a setpriv --bounding-set=-all --inh-caps=-all sleep 1000",
    subject: /^NoNewPrivs of process \d+ \(sleep\)$/,
    stays: true,
  },
  "a process joins that has kept its bounding set": {
    script: "exec nsenter -t $init -a setpriv --no-new-privs sleep 1000",
    subject: /^CapBnd of process \d+ \(sleep\)$/,
    stays: true,
  },
  "a process of the host joins the mounts alone": {
    script: "exec nsenter -t $init -m sleep 1000",
    subject: /^process \d+ \(sleep\)$/,
    found: /pid.*net|net.*pid/,
    stays: true,
  },
  "a process joins the pid namespace alone": {
    script: "nsenter -t $init -p sleep 1000",
    subject: /^process \d+ \(sleep\)$/,
    found: /mount/,
    stays: true,
  },
};

for (const [name, { script, subject, found, where, stays = false, unlocked = false }] of Object.entries(PLANTED)) {
  rootTest(`it is found when ${name}`, async () => {
    using scratch = new Scratch();
    const data = `${scratch.path}/data`;
    Deno.mkdirSync(data);
    const node = usualNode(
      scratch,
      `  share_net: disabled\n  hostname: box\n${unlocked ? "  share_user: enabled\n" : ""}`,
    );
    addExport(node, `{ mode: Public, mount: /data, path: ${data} }`);
    addExport(node, `{ mode: Restricted, mount: /optional, path: /usr/bin, optional: true }`);
    await using running = await Running.start(ROOT, node);
    assert.deepEqual(audit(ROOT, running.id), []);
    const { init, program } = running.listed;
    const variables = { init: String(init), program: String(program), data };
    const planted = new Deno.Command("sh", { args: ["-c", script], env: variables, stdin: "null", stdout: "null" })
      .spawn();
    if (!stays) assert.equal((await planted.status).code, 0, script);
    else {
      const isThere = () => audit(ROOT, running.id).some((drift) => drift.subject.includes("(sleep)"));
      await until(isThere, () => `${script} has no effect`);
    }
    const drifts = audit(ROOT, running.id);
    const drift = drifts.find((drift) => subject.test(drift.subject) && (found?.test(drift.found) ?? true));
    assert(drift !== undefined, JSON.stringify(drifts));
    if (where) assert.equal(drift.where?.file, `${node}/etc/redpak.yaml`);
    if (stays) {
      for (const pid of [...children(planted.pid), planted.pid]) kill(pid);
      await planted.status;
    }
  });
}

function children(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  const own = exists(path) ? Deno.readTextFileSync(path).split(" ").filter((word) => word !== "").map(Number) : [];
  return own.flatMap((child) => [...children(child), child]);
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It went with another one.
  }
}

asEach("a plan that is not the node's is told apart in every operation of the program", async (user, scratch) => {
  const node = usualNode(scratch, "  hostname: box\n");
  await using running = await Running.start(user, node);
  const file = [...Deno.readDirSync(user.directory)].map(({ name }) => `${user.directory}/${name}`)
    .find((name) => name.includes(`.${running.process.pid}.`))!;
  const text = Deno.readTextFileSync(file);
  const changes: readonly (readonly [subject: RegExp, from: RegExp, to: string])[] = [
    [/^uid map$/, /"uidMaps":\[\{"inside":\d+/, '"uidMaps":[{"inside":77'],
    [/^gid map$/, /"gidMaps":\[\{"inside":\d+/, '"gidMaps":[{"inside":77'],
    [/^ipc namespace$/, /"ipc",/, ""],
    [/^environment$/, /"environment":\[/, '"environment":["PLANTED=1",'],
    [/^Uid of/, /"operation":"identity",("phase":"init",.*?)"uid":\d+/, '"operation":"identity",$1"uid":4242'],
    [/^limit nofile/, /"soft":"1024"/, '"soft":"1023"'],
    [/^mount \/absent$/, /"destination":"\/usr"/, '"destination":"/absent"'],
    [/^mount \/usr$/, /"destination":"\/usr"/, '"destination":"/absent"'],
  ];
  for (const [subject, from, to] of changes) {
    assert.match(text, from);
    Deno.writeTextFileSync(file, summedRecord(text.replace(from, to)));
    const drifts = audit(user, running.id);
    assert(drifts.some((drift) => subject.test(drift.subject)), `${subject}: ${JSON.stringify(drifts)}`);
  }
});
