/** `redpak doctor`: what it says is true of this machine. */
import assert from "node:assert/strict";
import { isRoot, REDPAK, redpak, rootTest, Scratch } from "./_node.ts";

interface Check {
  readonly id: string;
  readonly status: string;
  readonly seen: string;
  readonly fix: string | null;
}

function doctor(options: { uid?: number; env?: Record<string, string> } = {}, ...flags: string[]) {
  const { code, stdout, stderr } = redpak(["doctor", "--json", ...flags], options);
  assert.equal(stderr, "");
  const { kind, data } = JSON.parse(stdout);
  assert.equal(kind, "Doctor");
  const find = (id: string): Check | undefined => data.checks.find((check: Check) => check.id === id);
  return { code, data, find };
}

rootTest("as root, a node is launched up to its program, and so will others be", () => {
  const { code, data, find } = doctor();
  assert.deepEqual([code, data.launches, find("D-LAUNCH")?.status], [0, true, "ok"]);
});

Deno.test("the exit code says whether nodes can be launched", () => {
  const { code, data } = doctor(isRoot ? { uid: 65534 } : {});
  assert.equal(code, data.launches ? 0 : 1);
  assert.equal(data.launches, data.checks.every(({ status }: Check) => status !== "fail"));
});

rootTest("a launch that this machine refuses is told with its errno, and is a failure", () => {
  // Without the capability, as in most containers.
  const { stdout, code } = new Deno.Command("setpriv", {
    args: ["--bounding-set=-sys_admin", "--inh-caps=-all", REDPAK, "doctor", "--json"],
    stdin: "null",
  }).outputSync();
  const { data } = JSON.parse(new TextDecoder().decode(stdout));
  const launch: Check = data.checks.find(({ id }: Check) => id === "D-LAUNCH");
  assert.deepEqual([code, data.launches, launch.status], [1, false, "fail"]);
  assert.match(launch.seen, /^Cannot .* \(E[A-Z]+\)$/);
});

rootTest("the ids that a container lacks are named as the cause", () => {
  const { stdout, code } = new Deno.Command("unshare", {
    args: ["--user", "--map-root-user", REDPAK, "doctor", "--json"],
    stdin: "null",
  }).outputSync();
  const { data } = JSON.parse(new TextDecoder().decode(stdout));
  const find = (id: string): Check => data.checks.find((check: Check) => check.id === id);
  assert.deepEqual([code, find("D-LAUNCH").status, find("D-USER").status], [1, "fail", "info"]);
  assert.match(
    find("D-LAUNCH").seen,
    /^Cannot map ids .* has not all of these ids: see \/proc\/self\/uid_map \(EPERM\)$/,
  );
  assert.equal(find("D-USER").seen, "not tried: there is no user 65534 here: see /proc/self/uid_map");
});

Deno.test("what is wrong comes with what to do about it", () => {
  for (const { id, status, seen } of doctor().data.checks) assert.match(`${id} ${status} ${seen}`, /^D-[A-Z-]+ \w+ ./);
});

Deno.test("settings are those of the running kernel", () => {
  const { find } = doctor();
  const value = Deno.readTextFileSync("/proc/sys/fs/protected_symlinks").trim();
  assert.equal(find("D-SYMLINKS")?.seen, `fs.protected_symlinks = ${value}`);
  assert.equal(find("D-SYMLINKS")?.status, value === "0" ? "warn" : "ok");
});

Deno.test("a report has no secret of the caller's environment", () => {
  const { data } = doctor({ env: { API_TOKEN: "s3cret", REDPAK_ROOT: "/srv" } }, "--report");
  assert.equal(data.report.environment.REDPAK_ROOT, "/srv");
  assert.doesNotMatch(JSON.stringify(data), /API_TOKEN|s3cret/);
});

rootTest("a program that others can change is warned about", () => {
  using scratch = new Scratch();
  const copy = `${scratch.path}/redpak`;
  Deno.copyFileSync(REDPAK, copy);
  Deno.chmodSync(copy, 0o777);
  const { stdout } = new Deno.Command(copy, { args: ["doctor", "--json"], stdin: "null" }).outputSync();
  const { data } = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(data.checks.find(({ id }: Check) => id === "D-PROGRAM").status, "warn");
});

rootTest("root learns whether ordinary users can launch, from where they cannot reach the program too", () => {
  using scratch = new Scratch();
  Deno.copyFileSync(REDPAK, `${scratch.path}/redpak`);
  Deno.chmodSync(`${scratch.path}/redpak`, 0o755);
  Deno.chmodSync(scratch.path, 0o700);
  const { stdout } = new Deno.Command(`${scratch.path}/redpak`, { args: ["doctor", "--json"], stdin: "null" })
    .outputSync();
  const { data } = JSON.parse(new TextDecoder().decode(stdout));
  assert.doesNotMatch(data.checks.find(({ id }: Check) => id === "D-USER").seen, /not tried|cannot be started/);
});
