/** `redpak list` on databases that rpm has made. */
import assert from "node:assert/strict";
import { json } from "../system/_document.ts";
import { exec, REDPAK, redpak, rootTest, Scratch } from "../system/_node.ts";
import { buildPackage, recordInstalled } from "./_rpm.ts";

const scratch = new Scratch();
addEventListener("unload", () => scratch[Symbol.dispose]());
const LIB = buildPackage({ name: "lib", version: "2", epoch: 1 }, scratch.path);
const APP = buildPackage({ name: "app", version: "1.0", files: { "/usr/bin/app": { content: "app" } } }, scratch.path);
const parent = scratch.node("parent", "");
const child = scratch.node("parent/child", "");
recordInstalled(parent, [LIB]);
recordInstalled(child, [APP]);
const empty = scratch.node("parent/empty", "");

/** A command for a system without these libraries. */
function without(libraries: readonly string[], ...args: readonly string[]) {
  const hidden = libraries.flatMap((name) => ["--ro-bind", "/dev/null", `/lib/${Deno.build.arch}-linux-gnu/${name}`]);
  return exec("bwrap", ["--dev-bind", "/", "/", ...hidden, REDPAK, ...args]);
}

Deno.test("a node's packages are listed, and with --all those of its ancestors", () => {
  assert.match(redpak(["list", child]).stdout, /^NAME +VERSION.*\napp +1\.0-1 +noarch +3 B +[-0-9]{10}\n$/);
  assert.match(redpak(["list", child, "--all"]).stdout, /\napp .*parent\/child\nlib +1:2-1 .*parent\n$/);
  assert.equal(redpak(["list", empty]).stdout, "no packages\n");
  const { data } = json("list", child, "--all");
  assert.deepEqual(
    data.packages.map(({ node, name, evr }: Record<string, string>) => [node, name, evr]),
    [[child, "app", "1.0-1"], [parent, "lib", "1:2-1"]],
  );
});

Deno.test("what a node has is so whatever its configuration says; what is no node has none", () => {
  const broken = scratch.node("broken", "");
  recordInstalled(broken, [APP]);
  Deno.writeTextFileSync(`${broken}/etc/redpak.yaml`, "headers: [");
  assert.match(redpak(["list", broken]).stdout, /\napp /);
  assert.equal(redpak(["list", broken, "--all"]).code, 3);
  const { code, stderr } = redpak(["list", scratch.path]);
  assert.equal(code, 4, stderr);
  assert.match(stderr, /Cannot open node .*: it has no \.rednode\.yaml/);
});

Deno.test("the same packages as rpm lists", () => {
  const database = ["--dbpath", `${parent}/usr/lib/sysimage/rpm`];
  const format = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH} %{LONGSIZE} %{INSTALLTIME}\n";
  const listed = exec("rpm", ["-qa", ...database, "--queryformat", format]).stdout;
  const { data } = json("list", parent);
  const lines = data.packages.map((one: Record<string, string>) =>
    `${one.name} ${one.evr} ${one.arch} ${one.sizeBytes} ${Date.parse(one.installedAt!) / 1000}\n`
  );
  assert.equal(lines.join(""), listed);
});

rootTest("an ordinary user can list what root has installed", () => {
  assert.match(redpak(["list", child], { uid: 12345 }).stdout, /\napp /);
});

Deno.test("librpm alone is enough to list; without it redpak says what to install, and does everything else", () => {
  assert.match(without(["libsolvext.so.1"], "list", child).stdout, /\napp /);
  const missing = ["libsolvext.so.1", "librpm.so.8", "librpm.so.9", "librpm.so.10"].filter((name) => {
    return exec("test", ["-e", `/lib/${Deno.build.arch}-linux-gnu/${name}`]).code === 0;
  });
  const { code, stderr } = without(missing, "list", child);
  assert.equal(code, 5, stderr);
  assert.match(stderr, /this system has no librpm[^]*hint: .*apt-get install librpm9 libsolv1 libsolvext1/);
  assert.equal(without(missing, "tree", parent).code, 0);
});
