/** The solver on databases that rpm has made, and metadata that createrepo_c has made. */
import assert from "node:assert/strict";
import { holdersOf } from "../../src/packages/database/holders.ts";
import { formatNevra } from "../../src/packages/database/installed_package.ts";
import type { Request } from "../../src/packages/solve/request.ts";
import { resolve, type World } from "../../src/packages/solve/resolve.ts";
import { type AvailableSource, installedSource } from "../../src/packages/solve/sources.ts";
import { code, Scratch } from "../../src/store/_scratch.ts";
import { buildPackage, createRepository, recordInstalled } from "./_rpm.ts";

const scratch = new Scratch();
addEventListener("unload", () => scratch[Symbol.dispose]());
const repository = `${scratch.path}/repository`;
const rpms = `${scratch.path}/rpms`;
const LIBRARY = { "/usr/lib/lib.so": { content: "lib" } };
const lib = buildPackage({ name: "lib", version: "1", epoch: 1, files: LIBRARY }, rpms);
const shell = buildPackage({ name: "shell", version: "1", files: { "/bin/sh": { content: "" } } }, rpms);
const user = buildPackage({ name: "user", version: "1", requires: ["lib < 1:2"] }, rpms);
const local = buildPackage({ name: "local", version: "1", requires: ["app"] }, rpms);
buildPackage({ name: "app", version: "1", requires: ["(lib or other)", "/bin/sh"] }, repository);
buildPackage({ name: "lib", version: "2", epoch: 1, files: LIBRARY }, repository);
buildPackage({ name: "data", version: "1", requires: ["/usr/share/deep/file"] }, repository);
buildPackage({ name: "deep", version: "1", files: { "/usr/share/deep/file": { content: "x" } } }, repository);
createRepository(repository);

const parent = scratch.node("parent");
const child = scratch.node("parent/child");
recordInstalled(parent, [lib, shell]);
recordInstalled(child, [user]);

function metadata(kind: string): string {
  const [entry] = [...Deno.readDirSync(`${repository}/repodata`)].filter(({ name }) => name.includes(`-${kind}.xml`));
  return `${repository}/repodata/${entry!.name}`;
}

const available: AvailableSource = {
  ...{ id: "main", priority: 99, cost: 1000, includes: [], excludes: [] },
  primary: { path: metadata("primary"), cache: `${scratch.path}/primary.solv` },
  filelists: () => Promise.resolve({ path: metadata("filelists"), cache: `${scratch.path}/filelists.solv` }),
};

function sources(nodes: readonly string[]) {
  return holdersOf(nodes).map((holder) => installedSource(holder, holder.node.split("/").at(-1)!));
}

async function resolved(nodes: readonly string[], request: Request, descendants: readonly string[] = []) {
  const family = sources(nodes) as unknown as World["family"];
  return await resolve({
    arch: Deno.build.arch,
    family,
    descendants: sources(descendants),
    available: [available],
  }, request);
}

async function digest(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Deno.readFileSync(path))).toHex();
}

Deno.test("what ancestors have by their databases meets requirements: rich ones and files too", async () => {
  for (const from of ["metadata", "caches"]) {
    const { steps } = await resolved([child, parent], { action: "install", words: ["app"] });
    assert.deepEqual(steps.map((step) => formatNevra(step.package)), ["app-1-1.noarch"], from);
  }
});

Deno.test("a package to install says where it is, what it must be, and how large it is", async () => {
  const { steps: [step] } = await resolved([child, parent], { action: "install", words: ["app"] });
  const file = `${repository}/app-1-1.noarch.rpm`;
  assert.deepEqual(step!.origin, {
    repository: "main",
    location: "app-1-1.noarch.rpm",
    checksum: { type: "sha256", value: await digest(file) },
    size: Deno.statSync(file).size,
  });
});

Deno.test("a file that only the long list has is found", async () => {
  const { steps } = await resolved([child, parent], { action: "install", words: ["data"] });
  assert.deepEqual(steps.map((step) => formatNevra(step.package)), ["deep-1-1.noarch", "data-1-1.noarch"]);
});

Deno.test("a package file is installed, with what it needs from repositories", async () => {
  const { steps } = await resolved([child, parent], { action: "install", words: [], files: [local] });
  assert.deepEqual(steps.map(({ package: nevra, origin }) => [nevra.name, origin!.repository, origin!.location]), [
    ["app", "main", "app-1-1.noarch.rpm"],
    ["local", undefined, local],
  ]);
  assert.deepEqual(steps[1]!.origin!.checksum, { type: "sha256", value: await digest(local) });
});

Deno.test("a file that is no package is an error", async () => {
  const cut = scratch.file("cut.rpm", "");
  Deno.writeFileSync(cut, Deno.readFileSync(local).subarray(0, 500));
  for (const path of [scratch.file("text.rpm", "no package"), scratch.file("empty.rpm", ""), cut]) {
    const install = () => resolved([child], { action: "install", words: [], files: [path] });
    assert.equal(await code(install), "E_PACKAGE_FILE", path);
  }
});

Deno.test("an update that a child cannot bear is left out of all updates, and reported where it was asked for", async () => {
  const all = await resolved([parent], { action: "update", words: [] }, [child]);
  assert.deepEqual([all.steps, all.held.map(({ because }) => because.what)], [[], ["lib < 1:2"]]);
  const one = await resolved([parent], { action: "update", words: ["lib"] }, [child]);
  assert.deepEqual(one.breakages.map(({ node, package: nevra }) => [node, nevra.name]), [[child, "user"]]);
  assert.deepEqual(one.cascade, [{ node: child, erase: [{ name: "user", evr: "1-1", arch: "noarch" }] }]);
});

Deno.test("solving changes no database", async () => {
  const file = `${parent}/usr/lib/sysimage/rpm/rpmdb.sqlite`;
  const before = Deno.readFileSync(file).toBase64();
  await resolved([parent], { action: "remove", words: ["lib"] }, [child]);
  assert.equal(Deno.readFileSync(file).toBase64(), before);
});
