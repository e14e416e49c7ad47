/** `redpak search`, `provides`, `download` and `list` of what repositories have, by the built binary. */
import assert from "node:assert/strict";
import { json } from "../system/_document.ts";
import { redpak, rootTest, Scratch } from "../system/_node.ts";
import { buildPackage, createRepository, recordInstalled } from "./_rpm.ts";

const scratch = new Scratch();
addEventListener("unload", () => scratch[Symbol.dispose]());
const repository = `${scratch.path}/repository`;
const FILES = { "/usr/bin/tool": { content: "tool" }, "/usr/share/deep/inside": { content: "x" } };
buildPackage(
  { name: "tool", version: "2", summary: "looks at System Calls", provides: ["looker"], files: FILES },
  repository,
);
const LIB = buildPackage({ name: "lib", version: "1" }, repository);
buildPackage({ name: "lib", version: "2" }, repository);
buildPackage({ name: "lib-foreign", version: "1", summary: "for another machine", arch: "ppc64le" }, repository);
createRepository(repository);
const parent = scratch.node("parent", "");
const child = scratch.node("parent/child", "");
recordInstalled(parent, [LIB]);
redpak(["repo", "add", parent, "base", repository]);

const texts = (document: { data: { packages: Record<string, string>[] } }) =>
  document.data.packages.map(({ name, evr, node, repository }) => `${name}-${evr} ${node ?? repository}`);

Deno.test("packages are found by all of several words, in names and summaries, with who has them", () => {
  assert.deepEqual(texts(json("search", child, "system", "CALLS")), ["tool-2-1 base"]);
  // What is for another kind of machine is not found.
  assert.deepEqual(texts(json("search", child, "li")), [`lib-1-1 ${parent}`, "lib-2-1 base"]);
  const { code, stderr } = redpak(["search", child, "system", "lib"]);
  assert.equal(code, 4);
  assert.match(stderr, /Cannot find "system lib": no repository and no installed package/);
});

Deno.test("packages are found by files, by what they provide, and by the name of a program", () => {
  for (const what of ["/usr/bin/tool", "/usr/share/deep/inside", "*/inside", "looker", "look*", "tool = 2"]) {
    assert.deepEqual(texts(json("provides", child, what)), ["tool-2-1 base"], what);
  }
  assert.deepEqual(texts(json("provides", child, "lib")), [`lib-1-1 ${parent}`, "lib-2-1 base", "lib-1-1 base"]);
  assert.equal(redpak(["provides", child, "/usr/bin/none"]).code, 4);
});

Deno.test("what can be installed is listed without what an ancestor has, and updates where the package is", () => {
  assert.deepEqual(texts(json("list", child, "--available")), ["tool-2-1 base"]);
  assert.deepEqual(json("list", child, "--updates").data.packages, []);
  const [{ downloadBytes, ...update }] = json("list", parent, "--updates").data.packages;
  assert.deepEqual(update, { name: "lib", evr: "2-1", arch: "noarch", installed: "1-1", repository: "base" });
  assert(downloadBytes > 1000);
  assert.equal(redpak(["list", parent, "--updates", "--all"]).code, 2);
});

Deno.test("names of packages are completed: what can be installed, what is there to be removed or looked at", () => {
  const words = (...line: string[]) =>
    redpak(["complete", "--", ...line]).stdout.split("\n").map((one) => one.split("\t")[0]);
  assert.deepEqual(words("install", child, ""), ["lib", "tool", ""]);
  assert.deepEqual(words("install", child, "tool", "t"), [""]);
  assert.deepEqual(words("download", child, "to"), ["tool", ""]);
  assert.deepEqual(words("remove", parent, "l"), ["lib", ""]);
  assert.deepEqual(words("remove", child, ""), [""]);
  assert.deepEqual(words("why", child, ""), ["lib", ""]);
  assert.deepEqual(words("install", `${child}/none`, ""), [""]);
});

Deno.test("packages are downloaded as the repository has them, the newest unless a version is named", () => {
  const directory = `${scratch.path}/downloads`;
  Deno.mkdirSync(directory);
  const files = redpak(["download", child, "lib", "lib-1", "/usr/bin/tool", "--destdir", directory]).stdout.trim();
  assert.deepEqual(
    files.split("\n"),
    ["lib-2-1", "lib-1-1", "tool-2-1"].map((nevra) => `${directory}/${nevra}.noarch.rpm`),
  );
  for (const file of files.split("\n")) {
    assert.deepEqual(Deno.readFileSync(file), Deno.readFileSync(`${repository}${file.slice(directory.length)}`));
  }
  assert.match(redpak(["download", child, "lob"]).stderr, /Cannot download "lob".*\n {2}hint: did you mean lib\?/);
});

Deno.test("libsolv's form of metadata lies where no node can write, and is what is read", () => {
  const caches = [...Deno.readDirSync(`${parent}/.redpak/metadata`)].map(({ name }) => name);
  assert.deepEqual(caches.map((name) => name.replace(/.*\./, "")).sort(), ["solv", "solvx"]);
  // What others could write is checked before it is read: it is changed here, and nobody looks at it.
  for (const { name } of Deno.readDirSync(`${parent}/var/cache/redpak/files`)) {
    if (name.includes("primary") || name.endsWith(".xml.zst") || name.endsWith(".xml.gz")) {
      Deno.writeTextFileSync(`${parent}/var/cache/redpak/files/${name}`, "changed");
    }
  }
  assert.deepEqual(texts(json("search", child, "tool")), ["tool-2-1 base"]);
  for (const name of caches) Deno.removeSync(`${parent}/.redpak/metadata/${name}`);
  const { code, stderr } = redpak(["search", child, "tool"]);
  assert.equal(code, 1);
  assert.match(stderr, /has been changed since it was downloaded\n {2}hint: redpak repo refresh/);
  assert.equal(redpak(["repo", "refresh", child]).code, 0);
  assert.deepEqual(texts(json("search", child, "tool")), ["tool-2-1 base"]);
});

Deno.test("libsolv's form of former states goes", () => {
  buildPackage({ name: "new", version: "1" }, repository);
  createRepository(repository);
  assert.equal(redpak(["repo", "refresh", child]).code, 0);
  assert.deepEqual(texts(json("search", child, "new")), ["new-1-1 base"]);
  const caches = [...Deno.readDirSync(`${parent}/.redpak/metadata`)].map(({ name }) => name);
  assert.equal(caches.filter((name) => name.endsWith(".solv")).length, 1, caches.join("\n"));
});

rootTest("a directory for it that somebody else could have written is refused", () => {
  Deno.chownSync(`${parent}/.redpak/metadata`, 12345, 12345);
  const { code, stderr } = redpak(["search", child, "tool"]);
  assert.equal(code, 3);
  assert.match(stderr, /others can write to it/);
  Deno.chownSync(`${parent}/.redpak/metadata`, 0, 0);
});
