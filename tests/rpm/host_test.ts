/** The packages of the host, where it is made of RPMs itself and nodes stand on it. */
import assert from "node:assert/strict";
import { presentIn } from "../../src/cli/certificate.ts";
import { findUncertified } from "../../src/cli/hold_to_certificate.ts";
import { imageNodes } from "../../src/cli/image_nodes.ts";
import { launchBasis } from "../../src/config/launch_basis.ts";
import { statementOf } from "../../src/proof/certificate/statement.ts";
import { DirectoryImage } from "../../src/store/directory_image.ts";
import type { LoadedFamily } from "../../src/store/load_family.ts";
import { json } from "../system/_document.ts";
import { exec, REDPAK, redpak, type Result, rootTest, Scratch } from "../system/_node.ts";
import { putInstalled, recordHeaders } from "./_installed.ts";
import { buildPackage } from "./_rpm.ts";

const ON_HOST = "exports:\n  - { mode: Restricted, mount: /usr, path: /usr }\n";
const ALONE = "exports:\n  - { mode: Restricted, mount: /usr, path: $NODE_PATH/usr }\n";
const text = (content: string) => ({ "/usr/share/text": { content } });
const BASIS = { name: "basis", version: "1", provides: ["feature", "user(daemon)"], files: text("the host's") };

/** Two families: one on the host, one not. */
async function image(scratch: Scratch): Promise<{ root: string; top: string; child: string; alone: string }> {
  const [top, child, alone] = [
    scratch.node("img/top", ON_HOST),
    scratch.node("img/top/child", ""),
    scratch.node("img/alone", ALONE),
  ];
  const root = `${scratch.path}/img`;
  await putInstalled(root, [BASIS]);
  return { root, top, child, alone };
}

function found(root: string): string[] {
  const { findings } = JSON.parse(redpak(["verify", root, "--json"]).stdout).data;
  return findings.map(({ check, node, message }: Record<string, string>) => `${check} ${node} ${message}`).sort();
}

rootTest("what the host has counts for nodes that stand on it, and for no others", async () => {
  using scratch = new Scratch();
  const { root, child, alone } = await image(scratch);
  const app = { name: "app", version: "1", requires: ["basis >= 1", "feature"] };
  await putInstalled(child, [app]);
  assert.deepEqual(found(root), []);
  await putInstalled(alone, [app]);
  assert.deepEqual(
    found(root),
    ["basis >= 1", "feature"].map((missing) =>
      `V-REQUIRES /alone Package app-1-1.noarch requires ${missing}, which neither its node nor an ancestor has`
    ),
  );
  const { document } = json("sbom", root).data;
  const needs = document.dependencies.map((
    { ref, dependsOn = [] }: { ref: string; dependsOn?: string[] },
  ) => [ref, dependsOn.filter((other) => other.includes("basis"))]);
  const needy = needs.flatMap(([ref, others]: [string, string[]]) =>
    ref.includes("#app") && others.length > 0 ? [ref] : []
  );
  assert.deepEqual(needy, ["/top/child#app-1-1.noarch"]);
});

rootTest("a package that the host has as well, and a file that is another one there, are found", async () => {
  using scratch = new Scratch();
  const { root, child, alone } = await image(scratch);
  const other = [{ ...BASIS, version: "2", files: text("the node's") }];
  await putInstalled(child, other);
  await putInstalled(alone, other);
  assert.deepEqual(found(root), [
    "V-DUPLICATE /top/child Package basis-2-1.noarch is there twice: basis-1-1.noarch of the host",
    'V-SHADOW /top/child File "/usr/share/text" of basis-2-1.noarch is another one in basis-1-1.noarch of the host',
  ]);
});

rootTest("a database of the host that cannot be read proves nothing, where nodes stand on it", async () => {
  using scratch = new Scratch();
  const { root, top } = await image(scratch);
  Deno.writeTextFileSync(`${root}/usr/lib/sysimage/rpm/rpmdb.sqlite`, "nonsense");
  assert.match(
    found(root).join("\n"),
    /^V-REQUIRES \/ Cannot read the RPM database "\S+\/img\/usr\/lib\/sysimage\/rpm"/,
  );
  Deno.removeSync(top, { recursive: true });
  assert.deepEqual(found(root), []);
});

rootTest("a certificate is about the host's packages, too", async () => {
  using scratch = new Scratch();
  const { root } = await image(scratch);
  const [key, open, certificate] = ["key", "key.pub", "certificate"].map((name) => `${scratch.path}/${name}`) as [
    string,
    string,
    string,
  ];
  exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]);
  exec("openssl", ["pkey", "-in", key, "-pubout", "-out", open]);
  const compare = () => redpak(["verify", root, "--certificate", certificate, "--public-key", open]);
  assert.equal(redpak(["certify", root, "--key", key, "--output", certificate]).code, 0);
  assert.equal(compare().code, 0);
  await recordHeaders(root, [{ ...BASIS, version: "3" }]);
  const { code, stdout } = compare();
  assert.equal(code, 1);
  assert.match(stdout, /File "\/usr\/lib\/sysimage\/rpm\/rpmdb.sqlite" has another content, since this was proven/);
});

rootTest("a launch that needs a certificate needs the host's packages as they were", async () => {
  using scratch = new Scratch();
  const { root, top, alone } = await image(scratch);
  const directory = (node: string) => node.slice(root.length);
  const { nodes } = await imageNodes(root, { admin: false });
  const { subject, nodes: proven } = await presentIn(new DirectoryImage(root), nodes);
  const statement = statementOf(subject, {
    ...{ version: "1", time: "", architecture: Deno.build.arch, admin: false, checks: [], rules: [], accepted: [] },
    nodes: proven,
  });
  const missing = async (node: string) => {
    const { family } = nodes.find(({ path }) => path === node) as { family: LoadedFamily };
    const launched = { node, admin: false, basis: await launchBasis(family, false) };
    return (await findUncertified(launched, statement)).map(({ message }) => message);
  };
  const gone = /^File "\/usr\/lib\/sysimage\/rpm\/rpmdb\.sqlite" is gone, since this was proven$/;
  assert.ok((await missing(directory(top))).some((message) => gone.test(message)));
  assert.ok(!(await missing(directory(alone))).some((message) => gone.test(message)));
});

rootTest("on a machine that is made of RPMs, nodes have what it has, and change nothing of it", async ({ step }) => {
  using scratch = new Scratch();
  const [top, child] = [scratch.node("top", ON_HOST), scratch.node("top/child", "")];
  const alone = scratch.node("alone", ALONE);
  await recordHeaders(`${scratch.path}/host`, [BASIS]);
  const database = `${scratch.path}/host/usr/lib/sysimage/rpm`;
  const before = exec("sha256sum", [`${database}/rpmdb.sqlite`]).stdout;
  /** redpak, where /var/lib/rpm is the database of the machine. */
  const onHost = (...words: string[]): Result =>
    exec("bwrap", ["--dev-bind", "/", "/", "--bind", database, "/var/lib/rpm", "--cap-add", "ALL", REDPAK, ...words]);
  const build = (name: string, more: object) => buildPackage({ name, version: "1", ...more }, scratch.path);
  const app = build("app", { requires: ["basis", "feature"], files: { "/usr/bin/app": { content: "" } } });
  const rival = build("rival", { files: text("a rival's") });
  const foreign = build("foreign", { files: { "/usr/share/theirs": { content: "", owner: "daemon" } } });
  const install = (node: string, file: string) => onHost("install", node, file, "--no-gpgcheck", "--yes", "-q");

  await step("what it has is not installed again, where the family stands on it", () => {
    assert.match(install(alone, app).stderr, /nothing provides basis needed by app-1-1/);
    const { code, stdout, stderr } = install(child, app);
    assert.deepEqual([code, stdout.split("\n")[0]], [0, "installed app-1-1.noarch"], stderr);
  });
  await step("it is listed, and said to be needed", () => {
    assert.match(onHost("list", child, "--all").stdout, /\napp .*\nbasis +1-1 .* \/\n$/);
    assert.doesNotMatch(onHost("list", alone, "--all").stdout, /basis/);
    assert.match(
      onHost("why", child, "basis").stdout,
      /^basis-1-1\.noarch of \/ is required by\n +app-1-1\.noarch +of \S+\/child +for basis/,
    );
    assert.match(onHost("explain", child, "basis").stdout, /basis-1-1\.noarch of \/\n.*needed by app-1-1/);
    assert.match(onHost("info", top, "basis").stdout, /^basis-1-1\.noarch\n +node +\/\n/);
  });
  await step("no node removes it, and none puts another file in the place of one of it", () => {
    const removed = onHost("remove", child, "basis", "--yes");
    assert.deepEqual([removed.code, /belongs to the host/.test(removed.stderr)], [6, true], removed.stderr);
    const { code, stderr } = install(child, rival);
    assert.equal(code, 6, stderr);
    assert.match(stderr, /its file "\/usr\/share\/text" is another one in basis-1-1\.noarch of the host/);
    assert.equal(install(alone, rival).code, 0);
  });
  await step("users of it are nobody to a node", () => {
    assert.match(
      install(child, foreign).stderr,
      /belongs to user "daemon", whom neither the node nor an ancestor knows/,
    );
  });
  await step("what was undone can be redone while it is there", () => {
    assert.equal(onHost("undo", child, "--yes").code, 0);
    const refused = redpak(["undo", child, "--redo", "--yes"]);
    assert.deepEqual(
      [refused.code, /app-1-1\.noarch of \S+ requires basis/.test(refused.stderr)],
      [6, true],
      refused.stderr,
    );
    const redone = onHost("undo", child, "--redo", "--yes");
    assert.equal(redone.code, 0, redone.stderr);
  });
  assert.equal(exec("sha256sum", [`${database}/rpmdb.sqlite`]).stdout, before);
});
