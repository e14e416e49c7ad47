/** What a certificate is good for where packages are concerned: states that were not certified, and changes without traces. */
import assert from "node:assert/strict";
import { exec, PATH, redpak, rootTest, Scratch, SYSTEM } from "../system/_node.ts";
import { buildPackage } from "./_rpm.ts";

/** A node with a package in two versions, the newer of which is installed and certified. */
function certified(scratch: Scratch) {
  const node = scratch.node("dev/nav", `${SYSTEM}${PATH}  gpgcheck: false\n`, PATH);
  const change = (...words: string[]) => {
    const { code, stderr } = redpak([...words, "--yes"]);
    assert.equal(code, 0, stderr);
  };
  for (const version of ["1", "2"]) {
    const files = { "/usr/share/tool/data": { content: `version ${version}\n` } };
    const file = buildPackage({ name: "tool", version, files }, scratch.path);
    change("install", node, file, "--no-gpgcheck");
  }
  const [secret, open] = [`${scratch.path}/ci.pem`, `${scratch.path}/ci.pub`];
  assert.equal(exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", secret]).code, 0);
  assert.equal(exec("openssl", ["pkey", "-in", secret, "-pubout", "-out", open]).code, 0);
  const certificate = `${scratch.path}/certificate`;
  // As part of an image, by the path that it has on the device.
  const image = `${scratch.path}/img`;
  const inside = `${image}${scratch.path}`;
  Deno.mkdirSync(inside, { recursive: true });
  for (const directory of ["usr", "bin", "lib", "lib64"]) Deno.mkdirSync(`${image}/${directory}`);
  Deno.renameSync(`${scratch.path}/dev`, `${inside}/dev`);
  const { code, stderr } = redpak(["certify", image, "--output", certificate, "--key", secret]);
  assert.equal(code, 0, stderr);
  const demand = ["--public-key", open];
  const compare = () => redpak(["verify", image, "--certificate", certificate, ...demand]);
  const verify = () => redpak(["verify", image]);
  const back = () => Deno.renameSync(`${inside}/dev`, `${scratch.path}/dev`);
  const run = () =>
    redpak(["run", node, "--require-certificate", certificate, ...demand, "--", "sh", "-c", "echo launched"]);
  return { node, inside: `${inside}/dev/nav`, change, compare, verify, back, run };
}

rootTest("[I03] a node that went back to a state that is not the certified one is not launched", () => {
  using scratch = new Scratch();
  const { node, change, back, run } = certified(scratch);
  back();
  assert.equal(run().stdout, "launched\n");
  change("undo", node);
  const refused = run();
  assert.deepEqual([refused.code, refused.stdout], [3, ""]);
  assert.match(refused.stderr, /rpmdb\.sqlite" has another content, since this was proven/);
  change("undo", node, "--redo");
  assert.equal(run().stdout, "launched\n");
});

rootTest("[I06] a file that is changed offline is noticed, and so is a database that was changed with it", () => {
  using scratch = new Scratch();
  const { inside, compare, verify } = certified(scratch);
  assert.deepEqual([compare().code, verify().code], [0, 0]);
  const file = `${inside}/usr/share/tool/data`;
  Deno.writeTextFileSync(file, "version X\n");
  assert.match(verify().stdout, /share\/tool\/data/);
  // Whoever makes the database say so of the file gets past verify, but not past the certificate.
  const database = `${inside}/usr/lib/sysimage/rpm`;
  const other = buildPackage({
    name: "tool",
    version: "2",
    files: { "/usr/share/tool/data": { content: "version X\n" } },
  }, `${scratch.path}/other`);
  const how = ["--justdb", "--nodeps", "--nosignature", "--force-debian"];
  for (const words of [["--erase", "tool"], ["--install", other]]) {
    const done = exec("rpm", ["--root", inside, "--dbpath", "/usr/lib/sysimage/rpm", ...how, ...words]);
    assert.equal(done.code, 0, done.stderr);
  }
  for (const { name } of Deno.readDirSync(database)) if (name.endsWith("-shm")) Deno.removeSync(`${database}/${name}`);
  assert.doesNotMatch(verify().stdout, /share\/tool\/data/);
  assert.match(
    compare().stdout,
    /rpmdb\.sqlite(?:-wal)?" (?:has another content|was not there), since this was proven/,
  );
});
