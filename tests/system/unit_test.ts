/** What `redpak unit` writes, by the programs that read it. */
import assert from "node:assert/strict";
import { exec, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { until } from "./_until.ts";

const CONFIG = `${SYSTEM}config:\n  path: /usr/bin:/bin\n`;

function has(program: string): boolean {
  return exec("sh", ["-c", `command -v ${program}`]).code === 0;
}

/** Seals it where redpak looks for it. */
function seal(node: string, ...program: string[]): void {
  const { code, stderr } = redpak(["seal", node, "--", ...program]);
  assert.deepEqual([code, stderr], [0, ""]);
}

function read(directory: string, name: string): string {
  return Deno.readTextFileSync(`${directory}/${name}`);
}

const noAnalyze = !has("systemd-analyze");
if (noAnalyze) console.log("skipped: systemd-analyze verify of units: there is no systemd-analyze here");

rootTest("a tree's units are what systemd takes, and each waits for those before it", () => {
  using scratch = new Scratch();
  const top = scratch.node("my 100% nodes/top", CONFIG);
  scratch.node("my 100% nodes/top/group", CONFIG);
  const nav = scratch.node(
    "my 100% nodes/top/group/nav",
    `${CONFIG}  after: [ radio ]\n  notify: true\n  listen: [ { stream: 18080 }, { datagram: /run/x.sock } ]\n`,
  );
  const radio = scratch.node("my 100% nodes/top/radio", CONFIG);
  for (const node of [top, nav, radio]) seal(node, "sleep", "1000");
  const out = `${scratch.path}/units`;
  Deno.mkdirSync(out);
  const { code, stdout, stderr } = redpak(["unit", "--all", top, "-o", out]);
  assert.deepEqual([code, stdout.split("\n").filter((line) => line !== "").length], [0, 4]);
  assert.match(stderr, /group" is no service: it has no launcher/);
  const service = read(out, "redpak-nav.service").split("\n");
  const expected = ["redpak-top.service", "redpak-radio.service"];
  assert.ok(service.includes(`After=${expected.join(" ")}`), service.join("\n"));
  for (const line of ["Type=notify", "NotifyAccess=all", "Delegate=yes", "Requires=redpak-nav.socket"]) {
    assert.ok(service.includes(line), line);
  }
  assert.deepEqual(read(out, "redpak-nav.socket").split("\n").filter((line) => line.startsWith("Listen")), [
    "ListenStream=18080",
    "ListenDatagram=/run/x.sock",
  ]);
  if (noAnalyze) return;
  const names = [...Deno.readDirSync(out)].map(({ name }) => `${out}/${name}`);
  const verified = exec("systemd-analyze", ["verify", "--man=no", ...names]);
  assert.deepEqual([verified.code, verified.stderr], [0, ""]);
});

rootTest(
  "nodes that wait for each other, or for one that is not there, are refused with the place, here and by check",
  () => {
    using scratch = new Scratch();
    const top = scratch.node("top", CONFIG);
    const one = scratch.node("top/one", `${CONFIG}  after: [ two ]\n`);
    const two = scratch.node("top/two", `${CONFIG}  after: [ one ]\n`);
    const place = /configured at \/.*\/one\/etc\/redpak\.yaml:\d+:\d+/;
    seal(one, "true");
    const cyclic = redpak(["unit", one]);
    assert.equal(cyclic.code, 3);
    assert.match(cyclic.stderr, /it would wait for itself/);
    assert.match(cyclic.stderr, place);
    const checked = redpak(["check", one]);
    assert.deepEqual([checked.code, place.test(checked.stdout)], [3, true]);
    Deno.writeTextFileSync(`${two}/etc/redpak.yaml`, `headers: { alias: two }\n${CONFIG}`);
    const text = Deno.readTextFileSync(`${one}/etc/redpak.yaml`);
    Deno.writeTextFileSync(`${one}/etc/redpak.yaml`, `${text}  umask: 022\n`);
    const stale = redpak(["unit", one]);
    assert.equal(stale.code, 0);
    assert.match(
      stale.stderr,
      /The launcher of ".*one" starts nothing: ".*redpak\.yaml" has changed since it was sealed/,
    );
    Deno.removeSync(two, { recursive: true });
    const unknown = redpak(["unit", "--all", top]);
    assert.equal(unknown.code, 3);
    assert.match(unknown.stderr, /Cannot start ".*" after "two": there is no such node/);
    assert.match(unknown.stderr, place);
  },
);

rootTest("without systemd a script starts and stops a node, and knows it by redpak's record", async () => {
  using scratch = new Scratch();
  const node = scratch.node("it's here/script-test", CONFIG);
  seal(node, "sleep", "1000");
  const { code } = redpak(["unit", node, "--format", "init", "-o", scratch.path]);
  assert.equal(code, 0);
  const script = `${scratch.path}/S50redpak-script-test`;
  if (has("busybox")) {
    assert.deepEqual(exec("busybox", ["sh", "-n", script]), { code: 0, signal: null, stdout: "", stderr: "" });
  }
  const status = () => exec(script, ["status"]).code;
  assert.equal(status(), 3);
  assert.equal(exec(script, ["start"]).code, 0);
  await until(() => status() === 0, () => "it does not run");
  const first = exec(script, ["status"]).stdout;
  // Who starts it twice has one node, also when its launcher has been sealed again meanwhile.
  seal(node, "sleep", "1001");
  assert.equal(exec(script, ["start"]).code, 0);
  assert.equal(exec(script, ["status"]).stdout, first);
  assert.equal(exec(script, ["restart"]).code, 0);
  await until(() => status() === 0, () => "it does not run");
  assert.notEqual(exec(script, ["status"]).stdout, first);
  assert.equal(exec(script, ["stop"]).code, 0);
  assert.equal(status(), 3);
  assert.equal(exec(script, ["dance"]).code, 2);
});

rootTest("a launcher has all the capabilities that its unit leaves it", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", CONFIG);
  seal(node, "sh", "-c", "id -u");
  const unit = redpak(["unit", node]).stdout;
  const [, names = ""] = /^CapabilityBoundingSet=(.*)$/m.exec(unit) ?? [];
  const bounding = ["-all", ...names.split(" ").map((name) => `+${name.slice("CAP_".length).toLowerCase()}`)].join(",");
  const confined = ["--bounding-set", bounding, "--no-new-privs"];
  const sealed = exec("setpriv", [...confined, `${node}/.redpak/launcher`]);
  assert.deepEqual([sealed.code, sealed.stdout.replaceAll("\0", "").trim(), sealed.stderr], [0, "0", ""]);
  const started = exec("setpriv", [...confined, REDPAK, "run", node, "--", "id", "-u"]);
  assert.deepEqual([started.code, started.stdout, started.stderr], [0, "0\n", ""]);
});
