/** `redwrap-dnf`, the package manager's front of redpak 2.5, by the built binary. */
import assert from "node:assert/strict";
import { REDWRAP_DNF } from "../system/_programs.ts";
import { exec, redpak, rootTest, Scratch } from "../system/_node.ts";
import { lockNode } from "../../src/store/lock_node.ts";
import { buildPackage, createRepository } from "./_rpm.ts";

const dnf = (...args: string[]) => exec(REDWRAP_DNF, args);

rootTest("the manager makes a node in a system node, and packages are installed, listed and removed there", () => {
  using scratch = new Scratch();
  const repository = `${scratch.path}/repository`;
  buildPackage({ name: "tool", version: "1", requires: ["lib"] }, repository);
  buildPackage({ name: "lib", version: "1" }, repository);
  createRepository(repository);
  const node = `${scratch.path}/top/nav`;
  const made = dnf("--redpath", node, "manager", "--alias=navigation");
  assert.deepEqual([made.code, made.stdout], [0, `SUCCESS: rednode "${node}" ready\n`], made.stderr);
  assert.match(redpak(["tree", `${scratch.path}/top`]).stdout, /top +system[^]*nav +navigation/);
  assert.equal(dnf("-r", node, "manager", "--alias=navigation").code, 1, "it is there already");
  assert.equal(dnf("-r", node, "manager", "--update", "--template=leaf").code, 0);

  for (const file of [`${scratch.path}/top/etc/redpak.yaml`, `${node}/etc/redpak.yaml`]) {
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("gpgcheck: true", "gpgcheck: false"));
  }
  redpak(["repo", "add", `${scratch.path}/top`, "base", repository]);
  assert.match(dnf("-r", node, "repolist").stdout, /^repo id +repo name\nbase +base\n$/);
  assert.match(dnf("-r", node, "repo", "info", "base").stdout, /^Repo-id +: base\n/);
  assert.equal(dnf("-r", node, "install", "tool").code, 2, "nobody is there to be asked");
  const installed = dnf("-r", node, "install", "-y", "tool");
  assert.equal(installed.code, 0, installed.stderr);
  assert.equal(dnf("-r", node, "repoquery", "--installed").stdout, "lib-1-1.noarch\ntool-1-1.noarch\n");
  assert.equal(dnf("-r", node, "repoquery", "l*").stdout, "lib-1-1.noarch\n");
  assert.equal(dnf("-r", node, "remove", "--assumeno", "tool").code, 0);
  assert.match(dnf("-r", node, "remove", "tool").stderr, /hint: --assumeyes does it without asking/);
  {
    using _lock = lockNode(node);
    const { code, stderr } = dnf("-r", node, "remove", "-y", "tool");
    assert.equal(code, 7);
    assert.match(stderr, /hint: by the command of redpak: --wait waits/);
  }
  assert.match(
    dnf("-r", node, "remove", "-y", "lib").stdout,
    /removed tool-1-1\.noarch\nremoved lib-1-1\.noarch|removed lib/,
  );
  assert.equal(dnf("-r", node, "repoquery", "--installed").stdout, "");
});

Deno.test("what cannot be done is refused with the usage, and no node is made where none may be", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "");
  for (const words of [["update"], ["grouplist"], ["install"], []]) {
    assert.notEqual(dnf("-r", node, ...words).code, 0, words.join());
  }
  assert.match(dnf("-r", node, "grouplist").stderr, /'grouplist': groups and advisories are not supported\nUsage: /);
  const outside = dnf("-r", "/nowhere", "manager");
  assert.equal(outside.code, 2);
  assert.match(outside.stderr, /Cannot make "\/" a node around "\/nowhere": it is the machine itself/);
});
