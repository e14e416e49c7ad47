/** `config.profile`: settings under one name. */
import assert from "node:assert/strict";
import { exec, isRoot, PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { machine } from "./_policy.ts";

/** Programs that root starts are confined like those of others. */
const USERS = isRoot ? [undefined, 4242] : [undefined];

function run(node: string, script: string, uid?: number) {
  return redpak(["run", node, "--", "sh", "-c", script], uid === undefined ? {} : { uid });
}

Deno.test("profile: default is the same as none", () => {
  using scratch = new Scratch();
  const plan = (config: string) =>
    JSON.parse(redpak(["plan", scratch.node("n", SYSTEM + PATH + config), "--json"]).stdout);
  assert.deepEqual(plan("  profile: default\n").data, plan("").data);
});

for (const uid of USERS) {
  Deno.test(`profile: strict confines a program of ${uid === undefined ? "the caller" : "a user"}, which runs`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", `${SYSTEM}${PATH}  profile: strict\n`);
    const script = "umask; ulimit -n; ulimit -Hc; cat /proc/self/net/dev | grep -c :; readlink /proc/self/ns/time; " +
      "grep -E '^(Seccomp|CapBnd|NoNewPrivs):' /proc/self/status; test -e /proc/meminfo || echo no meminfo";
    const { code, stdout, stderr } = run(node, script, uid);
    assert.equal(code, 0, stderr);
    const [umask, files, core, interfaces, time, ...status] = stdout.trim().split("\n");
    assert.deepEqual([umask, files, core, interfaces], ["0077", "256", "0", "1"]);
    assert.notEqual(time, Deno.readLinkSync("/proc/self/ns/time"));
    assert.deepEqual(status, ["CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2", "no meminfo"]);
    const operations: { operation: string; minimum: number; profile: string }[] =
      JSON.parse(redpak(["plan", node, "--json"], uid === undefined ? {} : { uid }).stdout).data.operations;
    const find = (name: string) => operations.find(({ operation }) => operation === name);
    assert.deepEqual([find("landlock")?.minimum, find("seccomp")?.profile], [1, "strict"]);
  });
}

Deno.test("the file's own keys count before its profile, and every value tells where it is from", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}${PATH}  umask: 022\n  profile: strict\n`);
  assert.equal(run(node, "umask").stdout, "0022\n");
  const file = `${node}/etc/redpak.yaml`;
  const line = Deno.readTextFileSync(file).split("\n").indexOf("  profile: strict") + 1;
  const origin = `${file}:${line}:12 (profile strict:`;
  const shown = redpak(["show", node, "--merged", "--origin"]).stdout;
  assert.match(shown, new RegExp(`seccomp: strict +# ${origin.replace("(", "\\(")}\\d+\\)`));
  assert.match(shown, new RegExp(`umask: .?022.? +# ${file}:${line - 1}:10\n`));
  assert(redpak(["explain", node, "seccomp"]).stdout.includes(origin));
  assert(redpak(["plan", node]).stdout.includes(origin));
  const own = redpak(["show", node]).stdout;
  assert(own.includes("profile: strict") && !own.includes("seccomp"), own);
});

Deno.test("a profile is held to the parents like anything else, and the refusal names both lines", () => {
  using scratch = new Scratch();
  scratch.node("n", `${SYSTEM}${PATH}  profile: strict\n`);
  const child = scratch.node("n/c", "config:\n  profile: trusted\n");
  const { code, stderr } = run(child, "true");
  assert.equal(code, 3);
  const parents = `${scratch.path}/n/etc/redpak.yaml:\\d+:12 \\(profile strict:\\d+\\)`;
  assert.match(
    stderr,
    new RegExp(`${parents}\n  configured at ${child}/etc/redpak.yaml:6:12 \\(profile trusted:\\d+\\)`),
  );
});

rootTest("profile: trusted keeps the ids of the machine where all nodes above say so, too", () => {
  using scratch = new Scratch();
  scratch.node("n", `${SYSTEM}${PATH}`);
  const child = scratch.node("n/c", "config:\n  profile: trusted\n");
  assert.equal(run(child, "true").code, 3);
  scratch.node("n", `${SYSTEM}${PATH}  profile: trusted\n`);
  assert.match(run(child, "cat /proc/self/uid_map").stdout, /^\s*0\s+0\s+4294967295\s*$/);
});

Deno.test("profile: nonetwork leaves loopback, and no child has more", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}${PATH}  profile: nonetwork\n`);
  assert.equal(run(node, "grep : /proc/self/net/dev | cut -d: -f1").stdout.trim(), "lo");
  const child = scratch.node("n/c", "config:\n  share_net: enabled\n");
  const { code, stderr } = run(child, "true");
  assert.equal(code, 3);
  assert.match(stderr, /n\/etc\/redpak.yaml:\d+:12 \(profile nonetwork:\d+\)/);
});

Deno.test("an unknown profile is refused, with its place", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "config:\n  profile: stric\n");
  const { code, stderr } = run(node, "true");
  assert.equal(code, 3);
  assert.equal(
    stderr,
    `redpak: Cannot use the profile "stric": there is none\n  configured at ${node}/etc/redpak.yaml:6:12\n` +
      '  hint: did you mean "strict"?\n',
  );
});

rootTest("a host policy can ask every node to be at least as tight as a profile", () => {
  using scratch = new Scratch();
  const { redpak } = machine(scratch, "limits: { config: { profile: strict } }\n");
  const tight = scratch.node("tight", `${SYSTEM}${PATH}  profile: strict\n`);
  assert.equal(redpak(["run", tight, "--", "true"]).code, 0);
  const loose = scratch.node("loose", `${SYSTEM}${PATH}  profile: strict\n  seccomp: default\n  share_net: enabled\n`);
  const { code, stderr } = redpak(["run", loose, "--", "true"]);
  assert.equal(code, 3);
  const limit = /\/etc\/redpak\/policy.yaml:1:30 \(profile strict:\d+\)/g;
  assert.equal(stderr.match(limit)?.length, 2, stderr);
  for (const key of ["net namespace", "seccomp"]) assert(stderr.includes(key), stderr);
  assert.equal(redpak(["run", scratch.node("plain", SYSTEM + PATH), "--", "true"]).code, 3);
});

rootTest("a machine has profiles of its own, which belong to root alone", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}${PATH}  profile: site\n`);
  const site = scratch.file("machine/etc/redpak/profiles/site.yaml", "config:\n  umask: 031\n");
  const { redpak } = machine(scratch, "{}\n");
  const runs = () => redpak(["run", node, "--", "sh", "-c", "umask"]);
  assert.equal(runs().stdout, "0031\n");
  assert.match(redpak(["plan", node]).stdout, /umask .*\(profile site:2\)/);
  Deno.writeTextFileSync(site, "config:\n  umask: 031\n  profile: strict\n");
  assert.match(runs().stderr, /configured at \/etc\/redpak\/profiles\/site.yaml:3:3\n/);
  for (const spoil of [["chown", "4242"], ["chmod", "g+w"]]) {
    exec(spoil[0]!, [spoil[1]!, site]);
    const { code, stderr } = runs();
    assert.equal(code, 3);
    assert.match(stderr, /^redpak: Cannot trust "\/etc\/redpak\/profiles\/site.yaml": /);
    exec("sh", ["-c", 'chown 0 "$0" && chmod 644 "$0"', site]);
  }
  Deno.renameSync(site, `${site}.real`);
  Deno.symlinkSync("site.yaml.real", site);
  assert.match(runs().stderr, /it is a symbolic link/);
  // A shipped profile is not replaced.
  Deno.renameSync(`${site}.real`, `${scratch.path}/machine/etc/redpak/profiles/strict.yaml`);
  Deno.writeTextFileSync(
    `${node}/etc/redpak.yaml`,
    Deno.readTextFileSync(`${node}/etc/redpak.yaml`).replace("site", "strict"),
  );
  assert.equal(runs().stdout, "0077\n");
});
