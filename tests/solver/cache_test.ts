/** The metadata of repositories, and the form of it that is kept. */
import assert from "node:assert/strict";
import { SELECTION } from "../../ffi/libsolv/constants.ts";
import { PackagePool } from "../../src/packages/solve/package_pool.ts";
import type { AvailableSource } from "../../src/packages/solve/sources.ts";
import { code, Scratch } from "../../src/store/_scratch.ts";
import { parseCase } from "./_case.ts";
import { filelistsXml, primaryXml } from "./_metadata.ts";
import { solverTest } from "./_solver.ts";

const PACKAGES = parseCase(`repo main
  app-1-1.x86_64
    requires lib >= 2, (a or b)
    file /usr/bin/app
    listed /usr/share/app/data
  lib-2:3-4.noarch
/top: update
=>
`).repositories[0]!.packages;

/** A repository; the metadata is there only where it is said to be. */
function source(scratch: Scratch, metadata: "there" | "gone"): AvailableSource {
  const file = (kind: string, text: string) => {
    const path = metadata === "there" ? scratch.file(`${kind}.xml`, text) : `${scratch.path}/gone.xml`;
    return { path, cache: `${scratch.path}/${kind}.solv` };
  };
  return {
    ...{ id: "main", priority: 99, cost: 1000, includes: [], excludes: [] },
    primary: file("primary", primaryXml(PACKAGES)),
    filelists: () => Promise.resolve(file("filelists", filelistsXml(PACKAGES))),
  };
}

/** What is known of the packages of a repository. */
async function contents(from: AvailableSource) {
  using packages = new PackagePool("x86_64");
  packages.addAvailable(from);
  await packages.addFilelists();
  packages.prepare();
  const { pool } = packages;
  const [app] = pool.named("app");
  return {
    names: [...packages.names()].sort(),
    versions: pool.named("lib").map((lib) => packages.nevra(lib).evr),
    requires: pool.dependencies(app!, "requires").map((one) => pool.dependencyText(one)),
    checksum: pool.checksum(app!, "solvable:checksum"),
    location: pool.location(app!),
    size: pool.number(app!, "solvable:downloadsize"),
    files: ["/usr/bin/app", "/usr/share/app/data", "/nothing"].map((path) =>
      pool.select(path, SELECTION.FILELIST).length
    ),
  };
}

solverTest("metadata is read once, and then from what was kept of it", async () => {
  using scratch = new Scratch();
  const first = await contents(source(scratch, "there"));
  assert.deepEqual(first, {
    names: ["app", "lib"],
    versions: ["2:3-4"],
    requires: ["lib >= 2", "(a or b)"],
    checksum: { type: "sha256", value: first.checksum!.value },
    location: "app-1-1.x86_64.rpm",
    size: 1000,
    files: [1, 1, 0],
  });
  assert.deepEqual([...Deno.readDirSync(scratch.path)].map(({ name }) => name).sort(), [
    ...["filelists.solv", "filelists.xml", "primary.solv", "primary.xml"],
  ]);
  assert.deepEqual(await contents(source(scratch, "gone")), first);
});

solverTest("what was kept and is damaged is made anew", async () => {
  using scratch = new Scratch();
  const first = await contents(source(scratch, "there"));
  for (const kind of ["primary", "filelists"]) {
    const path = `${scratch.path}/${kind}.solv`;
    const good = Deno.readFileSync(path);
    for (const damaged of ["", "no such file", good.subarray(0, good.length / 2)]) {
      if (typeof damaged === "string") Deno.writeTextFileSync(path, damaged);
      else Deno.writeFileSync(path, damaged);
      assert.deepEqual(await contents(source(scratch, "there")), first);
      assert.deepEqual(Deno.readFileSync(path), good);
    }
  }
});

solverTest("where nothing can be kept, everything works", async () => {
  using scratch = new Scratch();
  const from = source(scratch, "there");
  const cache = `${scratch.path}/no/such/directory`;
  await contents({ ...from, primary: { ...from.primary, cache }, filelists: undefined });
});

solverTest("metadata that is gone or damaged is an error that names the repository", async () => {
  using scratch = new Scratch();
  assert.equal(await code(() => contents(source(scratch, "gone"))), "E_METADATA");
  const broken = source(scratch, "there");
  Deno.writeTextFileSync(broken.primary.path, "<metadata><package");
  await assert.rejects(contents(broken), /metadata of repository "main"/);
});
