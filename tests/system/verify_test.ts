import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type CheckId, CHECKS } from "../../src/proof/verify/checks.ts";
import type { Finding } from "../../src/proof/verify/finding.ts";
import { junitReport } from "../../src/view/junit_report.ts";
import { sarifReport } from "../../src/view/sarif_report.ts";
import { json, validate } from "./_document.ts";
import { checkJunit, checkSarif } from "./_foreign_schemas.ts";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch } from "./_node.ts";

/** Nodes of an image whose host has nothing but what is made here. */
function image(scratch: Scratch): string {
  for (const directory of ["usr/bin", "usr/lib", "etc", "var/lib"]) {
    Deno.mkdirSync(`${scratch.path}/img/${directory}`, { recursive: true });
  }
  Deno.symlinkSync("usr/bin", `${scratch.path}/img/bin`);
  return `${scratch.path}/img`;
}

const OWN = "exports:\n  - { mode: Restricted, mount: /usr, path: $NODE_PATH/usr }\n";

Deno.test("an image is proven, in the paths that it has on the device, and nothing of it changes", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  scratch.node("img/nodes/top", `${OWN}  - { mode: Restricted, mount: /bin, path: /bin }\n${PATH}`);
  scratch.file("img/nodes/top/usr/bin/tool", "#!/bin/interpreter\n", 0o755);
  scratch.file("img/usr/bin/interpreter", "", 0o755);
  const before = exec("find", [root, "-printf", "%p %T@ %C@ %m %s\n"]).stdout;
  const { data } = json("verify", root);
  assert.deepEqual([data.proven, data.nodes], [true, ["/nodes/top"]]);
  const { stdout } = redpak(["verify", root]);
  assert.match(stdout, /Proven: 1 node\(s\)/);
  // Nothing says that it is what was certified: it was compared with nothing.
  const all = [stdout, JSON.stringify(data.checks), redpak(["verify", root, "--format", "junit"]).stdout];
  for (const text of all) assert.match(text, /V-FILES(?![^]*V-CERTIFICATE)/);
  assert.equal(exec("find", [root, "-printf", "%p %T@ %C@ %m %s\n"]).stdout, before);
});

Deno.test("a node is no image", () => {
  using scratch = new Scratch();
  const node = scratch.node("node", "");
  for (const command of [["verify", node], ["sbom", node, "node"]]) {
    const { code, stderr } = redpak(command);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^redpak: Cannot take ".*\/node" for an image: it is a node\n {2}hint: /, command.join(" "));
  }
});

Deno.test("all findings come at once, each with its check, its place and what to do", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  scratch.node(
    "img/nodes/top",
    `${OWN}  - { mode: RestrictedFile, mount: /opt, path: /opt/none }\nconfig:\n  share_net: disabled\n`,
  );
  scratch.file("img/nodes/top/usr/bin/tool", "#!/bin/none\n", 0o755);
  scratch.node(
    "img/nodes/top/one",
    `${OWN}  - { mode: PublicFile, mount: /usr/file, path: /gone }\nconfig:\n  share_net: enabled\n`,
  );
  scratch.node("img/nodes/top/two", "exports: nonsense\n");
  scratch.node("img/nodes/other/one", `environ:\n  - { key: X, value: $(date) }\nconfig:\n  after: [ nobody ]\n`);
  const { code, stdout } = redpak(["verify", root, "--json"]);
  assert.equal(code, 1);
  const document = JSON.parse(stdout);
  validate(document);
  const found = document.data.findings.map((
    { check, node, where }: { check: string; node: string; where: { file: string; line: number } | null },
  ) => `${check} ${node}${where === null ? "" : ` ${where.file.slice(root.length)}:${where.line}`}`);
  assert.deepEqual(found.sort(), [
    "V-COLLISION /nodes/top/one /nodes/top/one/etc/redpak.yaml:2",
    "V-COMMAND /nodes/other/one /nodes/other/one/etc/redpak.yaml:6",
    "V-CONFIG /nodes/top/two /nodes/top/two/etc/redpak.yaml:5",
    "V-DOLL /nodes/top/one /nodes/top/one/etc/redpak.yaml:7",
    "V-DOLL /nodes/top/one /nodes/top/one/etc/redpak.yaml:9",
    "V-LINK /nodes/top",
    "V-ORDER /nodes/other/one /nodes/other/one/etc/redpak.yaml:8",
    "V-PLACE /nodes/top/one /nodes/top/one/etc/redpak.yaml:7",
    "V-SOURCE /nodes/top /nodes/top/etc/redpak.yaml:7",
    "V-SOURCE /nodes/top/one /nodes/top/one/etc/redpak.yaml:7",
  ]);
  const text = redpak(["verify", root]).stdout;
  for (
    const line of [/V-LINK +1 finding/, /V-TRUST +proven/, /Cannot run "\/usr\/bin\/tool" in the node/, /hint: export/]
  ) {
    assert.match(text, line);
  }
});

Deno.test("findings are reports for other programs, too", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  scratch.node("img/nodes/top", `exports:\n  - { mode: RestrictedFile, mount: /x, path: "/gone & <away>" }\n`);
  const sarif = JSON.parse(redpak(["verify", root, "--format", "sarif"]).stdout);
  checkSarif(sarif);
  const [{ ruleId, level, locations: [{ physicalLocation }] }] = sarif.runs[0].results;
  assert.deepEqual([sarif.version, ruleId, level], ["2.1.0", "V-SOURCE", "error"]);
  assert.deepEqual(physicalLocation, {
    artifactLocation: { uri: "nodes/top/etc/redpak.yaml", uriBaseId: "IMAGE" },
    region: { startLine: 6, startColumn: 5 },
  });
  const junit = redpak(["verify", root, "--format", "junit"]).stdout;
  checkJunit(junit);
  assert.match(junit, /<testsuite name="\/nodes\/top" tests="\d+" failures="1">/);
  assert.match(junit, /<failure message="Cannot export &quot;\/gone &amp; &lt;away&gt;&quot;: it is not there">/);
  // What is of no node is not lost.
  scratch.file("img/etc/redpak/policy.yaml", "nonsense: 1\n");
  assert.match(redpak(["verify", root, "--format", "junit"]).stdout, /<testsuite name="\/" tests="\d+" failures="1">/);
});

const words = fc.string({ unit: "binary", maxLength: 20 });
const findings: fc.Arbitrary<Finding[]> = fc.array(
  fc.record({
    check: fc.constantFrom(...Object.keys(CHECKS) as CheckId[]),
    severity: fc.constantFrom("error", "warning"),
    node: words.map((word) => `/${word}`),
    code: fc.constant("E_TEST"),
    message: words,
    where: fc.option(fc.record({ file: words, line: fc.nat().map((n) => n + 1), column: fc.nat().map((n) => n + 1) }), {
      nil: undefined,
    }),
    path: words,
    hints: fc.array(words, { maxLength: 2 }),
  }),
  { maxLength: 4 },
);

Deno.test("whatever is found, the reports follow their schemas, and no finding is missing", () => {
  fc.assert(
    fc.property(findings, (found) => {
      const sarif = JSON.parse(sarifReport(found, "/img"));
      checkSarif(sarif);
      assert.equal(sarif.runs[0].results.length, found.length);
    }),
    { numRuns: 100 },
  );
  fc.assert(
    fc.property(findings, (found) => {
      const junit = junitReport(found, ["/nodes/top"]);
      checkJunit(junit);
      assert.equal(junit.match(/<failure /g)?.length ?? 0, new Set(found.map((one) => one.check + one.node)).size);
    }),
    { numRuns: 15 },
  );
});

Deno.test("each check is explained", () => {
  assert.match(redpak(["help", "V-LINK"]).stdout, /^V-LINK: every program finds[^]*\nWhat to do: install what/);
  assert.match(redpak(["help", "V-LINKS"]).stderr, /did you mean V-LINK/);
});

const SOURCE = `int one(void); int main(void) { return one(); }`;

rootTest("what is found to fail fails in the node, and everything else runs", () => {
  using scratch = new Scratch();
  const at = (path: string) => `${scratch.path}/${path}`;
  const gcc = (...args: string[]) => assert.equal(exec("gcc", args).code, 0, args.join(" "));
  const node = scratch.node(
    "nodes/n",
    `exports:\n${
      ["/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache"].map((path) =>
        `  - { mode: Restricted${path.endsWith("cache") ? "File" : ""}, mount: ${path}, path: ${path} }\n`
      ).join("")
    }  - { mode: Restricted, mount: /own, path: $NODE_PATH/usr }\nconfig:\n  ldpath: /own/lib\n`,
  );
  scratch.file("one.c", "int one(void) { return 0; }");
  scratch.file("main.c", SOURCE);
  scratch.file("old.map", "V1 { global: one; local: *; };");
  scratch.file("new.map", "V1 { local: *; }; V2 { global: one; } V1;");
  for (const directory of ["nodes/n/usr/lib", "nodes/n/usr/hidden", "nodes/n/usr/bin", "old"]) {
    Deno.mkdirSync(at(directory), { recursive: true });
  }
  const library = (path: string, name: string, map: string) =>
    gcc("-shared", "-fPIC", `-Wl,-soname,${name},--version-script,${at(map)}`, "-o", at(path), at("one.c"));
  library("nodes/n/usr/lib/libone.so", "libone.so", "new.map");
  library("nodes/n/usr/hidden/libhidden.so", "libhidden.so", "new.map");
  library("nodes/n/usr/lib/libold.so", "libold.so", "new.map");
  const program = (name: string, library: string, ...flags: string[]) =>
    gcc("-o", at(`nodes/n/usr/bin/${name}`), at("main.c"), at(`nodes/n/usr/${library}`), ...flags);
  program("good", "lib/libone.so");
  program("origin", "hidden/libhidden.so", "-Wl,-rpath,$ORIGIN/../hidden");
  program("lost", "hidden/libhidden.so");
  program("old", "lib/libold.so");
  program("linker", "lib/libone.so", "-Wl,--dynamic-linker,/lib64/none.so");
  library("nodes/n/usr/lib/libold.so", "libold.so", "old.map");
  scratch.file("nodes/n/usr/bin/script", "#!/usr/bin/none\n", 0o755);

  // An image of this machine with these paths: the parts of it that the node exports.
  const parts = ["/usr/lib", "/lib", "/lib64", "/etc", node];
  const mounts = parts.map((path) => `mkdir -p "$1${path}" && mount --bind ${path} "$1${path}"`).join("\n");
  const script = `set -e; mount -t tmpfs none "$1"\n${mounts}\nexec "$2" verify "$1" --json`;
  Deno.mkdirSync(at("img"));
  const { stdout, stderr } = exec("unshare", ["-m", "sh", "-c", script, "sh", at("img"), REDPAK]);
  const { findings } = JSON.parse(stdout || stderr).data;
  const failing = new Set<string>(findings.map(({ path }: { path: string }) => path?.split("/").at(-1)));
  for (const name of ["good", "origin", "lost", "old", "linker", "script"]) {
    const { code } = redpak(["run", node, "--", `/own/bin/${name}`]);
    assert.equal(code !== 0, failing.has(name), `${name}: ${code}, ${[...failing]}`);
  }
  assert.deepEqual(findings.map(({ code }: { code: string }) => code).sort(), [
    "E_VERIFY_INTERPRETER",
    "E_VERIFY_INTERPRETER",
    "E_VERIFY_LIBRARY",
    // $ORIGIN, in a node without /proc.
    "E_VERIFY_LIBRARY",
    "E_VERIFY_VERSION",
  ]);
});

Deno.test("rules of a project are proven with the rest, and what each node can do is shown", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  Deno.mkdirSync(`${root}/data/boot`, { recursive: true });
  scratch.node(
    "img/nodes/top",
    `${OWN}  - { mode: Private, mount: /data, path: /data }\nconfig:\n  share_net: enabled\n`,
  );
  scratch.node("img/nodes/top/nav", `${OWN}config:\n  share_net: disabled\n`);
  const rules = scratch.file("rules", "no node in /nodes/top/nav may write /data\nonly node top may reach network\n");
  assert.equal(redpak(["verify", root, "--assertions", rules]).code, 0);
  const { code, stdout } = redpak(["verify", root, "--assert", "no node may write /data/boot", "--json"]);
  const document = JSON.parse(stdout);
  validate(document);
  assert.deepEqual([code, document.data.findings.map(({ node }: { node: string }) => node)], [1, ["/nodes/top"]]);
  const shown = redpak(["verify", root, "--isolation"]).stdout;
  assert.match(shown, /^\/nodes\/top \(top\)\n +writes +\/data\n +reads +\/nodes\/top\/usr at \/usr\n/);
  assert.match(shown, /\/nodes\/top\/nav \(nav\)\n +writes +nothing\n/);
  const wrong = redpak(["verify", root, "--assert", "no node may wirte /"]);
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /"wirte" is no verb.*\n.*--assert:1:13\n.*did you mean write\?/);
});

Deno.test("what a baseline accepts does not count, and is told apart", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  scratch.node("img/nodes/top", OWN);
  scratch.file("img/nodes/top/usr/file", "", 0o666);
  assert.equal(redpak(["verify", root]).code, 1);
  const baseline = scratch.file("accepted", "V-PRIVILEGE /nodes/top until 9999-12-31: a reason\n");
  const { data } = json("verify", root, "--baseline", baseline);
  assert.deepEqual([data.proven, data.accepted[0].reason], [true, "a reason"]);
  assert.match(redpak(["verify", root, "--baseline", baseline]).stdout, /Proven: .*, 1 finding\(s\) accepted/);
});

Deno.test("an image that is proven is certified, and a device sees whether it is still so", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  const node = scratch.node("img/nodes/top", OWN);
  const [key, open] = [`${scratch.path}/ci.pem`, `${scratch.path}/ci.pub`];
  assert.equal(exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]).code, 0);
  assert.equal(exec("openssl", ["pkey", "-in", key, "-pubout", "-out", open]).code, 0);
  const certificate = `${root}/etc/certificate`;
  const certify = (...more: string[]) => redpak(["certify", root, "--output", certificate, "--key", key, ...more]);
  const compare = () => redpak(["verify", root, "--certificate", certificate, "--public-key", open]);

  assert.equal(certify("--dry-run").code, 0);
  assert.throws(() => Deno.statSync(certificate));
  scratch.file("img/nodes/top/usr/open", "", 0o666);
  const refused = certify();
  assert.deepEqual([refused.code, /can be changed by everybody/.test(refused.stderr)], [1, true]);
  Deno.removeSync(`${node}/usr/open`);
  assert.match(certify().stdout, /^certified 1 node\(s\), 1 file\(s\)/);
  assert.equal(compare().code, 0, compare().stderr);
  const payload = JSON.parse(atob(JSON.parse(Deno.readTextFileSync(certificate)).payload));
  assert.deepEqual(payload.subject.map(({ name }: { name: string }) => name), ["/nodes/top/etc/redpak.yaml"]);

  // A configuration that is a link is certified by what it leads to.
  Deno.renameSync(`${node}/etc/redpak.yaml`, `${node}/etc/real.yaml`);
  Deno.symlinkSync("real.yaml", `${node}/etc/redpak.yaml`);
  assert.equal(certify().code, 0);
  assert.equal(compare().code, 0, compare().stderr);

  Deno.writeTextFileSync(`${node}/etc/redpak.yaml`, "# harmless\n", { append: true });
  scratch.file("img/nodes/top/etc/redpak-admin.yaml", "headers: { alias: a }\n");
  const { code, stdout } = compare();
  assert.equal(code, 1);
  assert.match(stdout, /redpak-admin\.yaml" was not there[^]*"\/nodes\/top\/etc\/redpak\.yaml" has another content/);
  Deno.writeTextFileSync(certificate, Deno.readTextFileSync(certificate).replace(/"sig":".{4}/, '"sig":"AAAA'));
  assert.match(compare().stderr, /Cannot trust the certificate: none of its signatures is by this key/);
});

Deno.test("the policy and the profiles that count are the device's", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  scratch.node("img/nodes/top", `${OWN}config:\n  profile: quiet\n  share_pid: enabled\n`);
  scratch.file("img/etc/redpak/profiles/quiet.yaml", "info: quiet\nconfig:\n  umask: 077\n");
  assert.equal(redpak(["verify", root]).code, 0, redpak(["verify", root]).stdout);
  const policy = scratch.file("img/etc/redpak/policy.yaml", "limits:\n  config:\n    share_pid: disabled\n");
  assert.match(redpak(["verify", root]).stdout, /V-POLICY +1 finding[^]*etc\/redpak\.yaml:9/);
  Deno.writeTextFileSync(policy, "nonsense: 1\n");
  assert.match(redpak(["verify", root]).stdout, /V-POLICY +1 finding[^]*policy\.yaml:1/);
});

Deno.test("a link in an image leads to what is in the image, and never to a file of this machine", () => {
  using scratch = new Scratch();
  const root = image(scratch);
  const node = scratch.node("img/nodes/top", OWN);
  const config = Deno.readTextFileSync(`${node}/etc/redpak.yaml`);
  const link = (target: string) => {
    Deno.removeSync(`${node}/etc/redpak.yaml`);
    Deno.symlinkSync(target, `${node}/etc/redpak.yaml`);
  };
  const outside = scratch.file("outside.yaml", `headers: { alias: stolen, name: n, info: outside }\n${OWN}`);
  for (const target of [outside, "/etc/passwd", `../../../../outside.yaml`]) {
    link(target);
    const { code, stdout } = redpak(["verify", root, "--json"]);
    assert.equal(code, 1);
    assert(!/stolen|root:x|passwd/.test(stdout), stdout);
    assert.match(stdout, /no such file or directory/);
  }
  // What it means on the device is read, under the name that it has in the node.
  scratch.file("img/etc/shared.yaml", config);
  link("/etc/shared.yaml");
  assert.equal(redpak(["verify", root]).code, 0);
  scratch.file("img/etc/shared.yaml", "nonsense: 1\n");
  assert.match(redpak(["verify", root]).stdout, /configured at \S+\/nodes\/top\/etc\/redpak\.yaml:1/);
  // A directory on the way is a link as any other.
  Deno.removeSync(`${node}/etc`, { recursive: true });
  Deno.mkdirSync(`${scratch.path}/elsewhere`);
  Deno.writeTextFileSync(`${scratch.path}/elsewhere/redpak.yaml`, config);
  Deno.symlinkSync(`${scratch.path}/elsewhere`, `${node}/etc`);
  assert.match(redpak(["verify", root]).stdout, /no such file or directory/);
});
