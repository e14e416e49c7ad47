/** Launchers of a device, sealed and proven in CI. */
import assert from "node:assert/strict";
import { exec, redpak, Scratch, SYSTEM } from "./_node.ts";

const CONFIG = `${SYSTEM}config:\n  path: /usr/bin\n  hostname: device\n`;

/** An image with a node and its child, sealed. */
function sealedImage(scratch: Scratch, ...flags: readonly string[]): string {
  for (const directory of ["usr/bin", "bin", "lib", "lib64", "etc"]) {
    Deno.mkdirSync(`${scratch.path}/img/${directory}`, { recursive: true });
  }
  scratch.node("img/nodes/top", CONFIG);
  scratch.node("img/nodes/top/child", CONFIG);
  const { code, stdout, stderr } = redpak([
    "seal",
    "--image",
    `${scratch.path}/img`,
    "--certified",
    "--all",
    ...flags,
    "/",
  ]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(stdout.trim().split("\n").length, 2);
  return `${scratch.path}/img`;
}

interface Found {
  readonly check: string;
  readonly node: string;
  readonly code: string;
}

function findings(root: string, ...flags: readonly string[]): string[] {
  const { stdout, stderr } = redpak(["verify", root, "--json", ...flags]);
  const { data } = JSON.parse(stdout === "" ? stderr : stdout);
  return data.findings.map(({ check, node, code }: Found) => `${check} ${node} ${code}`);
}

const CHILD = "/nodes/top/child";

Deno.test("launchers of an image have the paths of the device, and are proven with it", () => {
  using scratch = new Scratch();
  const root = sealedImage(scratch);
  assert.deepEqual(findings(root), []);
  const { data } = JSON.parse(redpak(["explain", "--json", `${root}${CHILD}/.redpak/launcher`]).stdout);
  assert.deepEqual([data.node, data.uid, data.sources], [CHILD, 0, []]);
  assert(
    !JSON.stringify(data.plan.operations.map(({ origin: _, ...rest }: { origin: unknown }) => rest)).includes(root),
  );
});

Deno.test("a launcher for another machine than the device's is found", () => {
  using scratch = new Scratch();
  const root = sealedImage(scratch, "--arch", "aarch64");
  assert.deepEqual(findings(root, "--arch", "aarch64"), []);
  assert.deepEqual(findings(root, "--arch", "x86_64"), [
    "V-LAUNCHER /nodes/top E_LAUNCHER_STALE",
    `V-LAUNCHER ${CHILD} E_LAUNCHER_STALE`,
  ]);
});

const FAULTS: Readonly<Record<string, readonly [code: string, spoil: (launcher: string, scratch: Scratch) => void]>> = {
  "a configuration that has changed since": [
    "E_LAUNCHER_STALE",
    (_, scratch) => void scratch.node("img/nodes/top/child", CONFIG.replace("device", "other")),
  ],
  "a launcher of a node that has been disabled since": [
    "E_LAUNCHER_STALE",
    (launcher) => void redpak(["disable", launcher.replace("/.redpak/launcher", "")]),
  ],
  "a launcher of another node": [
    "E_LAUNCHER_STALE",
    (launcher) => Deno.copyFileSync(launcher.replace("/child", ""), launcher),
  ],
  "a launcher that is cut short": ["E_NOT_SEALED", (launcher) => Deno.truncateSync(launcher, 40_000)],
  "a launcher whose plan is damaged": ["E_LAUNCHER", (launcher) => {
    const bytes = Deno.readFileSync(launcher);
    bytes[bytes.length - 1] = 7;
    Deno.writeFileSync(launcher, bytes);
  }],
  "another program": ["E_LAUNCHER", (launcher) => Deno.copyFileSync("/bin/true", launcher)],
  "a directory": ["E_LAUNCHER", (launcher) => {
    Deno.removeSync(launcher);
    Deno.mkdirSync(launcher);
  }],
};

for (const [what, [, spoil]] of Object.entries(FAULTS)) {
  Deno.test(`${what} is found in the place of a launcher`, () => {
    using scratch = new Scratch();
    const root = sealedImage(scratch);
    spoil(`${root}${CHILD}/.redpak/launcher`, scratch);
    const found = findings(root);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, new RegExp(`^V-LAUNCHER ${CHILD} E_LAUNCHER`));
  });
}

Deno.test("a launcher is part of the certificate", () => {
  using scratch = new Scratch();
  const root = sealedImage(scratch);
  const key = `${scratch.path}/key.pem`;
  assert.equal(exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]).code, 0);
  assert.equal(exec("openssl", ["pkey", "-in", key, "-pubout", "-out", `${key}.pub`]).code, 0);
  const certificate = `${scratch.path}/certificate`;
  assert.equal(redpak(["certify", root, "--key", key, "--output", certificate]).code, 0);
  const compare = () => redpak(["verify", root, "--certificate", certificate, "--public-key", `${key}.pub`]).code;
  assert.equal(compare(), 0);
  const launcher = `${root}${CHILD}/.redpak/launcher`;
  const bytes = Deno.readFileSync(launcher);
  bytes[2000]! ^= 1;
  Deno.writeFileSync(launcher, bytes);
  assert.equal(compare(), 1);
});

Deno.test("nodes of an image are sealed with --certified only, by path or alias", () => {
  using scratch = new Scratch();
  const root = sealedImage(scratch);
  const seal = (...words: string[]) => redpak(["seal", "--image", root, ...words]);
  assert.deepEqual(seal("child").code, 2);
  assert.equal(seal("--certified", "child").stdout.split(":")[0], `sealed ${CHILD}`);
  assert.equal(seal("--certified", "--dry-run", CHILD).stdout.split(":")[0], `would seal ${CHILD}`);
  assert.equal(seal("--certified", "none").code, 4);
});
