/** Files that packages require, looked for by redpak itself for `verify`, and by libsolv in its own lists: both find the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Solvable } from "../../ffi/libsolv/pool.ts";
import { ImagePackages } from "../../src/cli/image_packages.ts";
import { Database } from "../../src/packages/database/database.ts";
import { HOST } from "../../src/packages/database/holders.ts";
import { findFaults } from "../../src/packages/solve/find_faults.ts";
import { PackagePool } from "../../src/packages/solve/package_pool.ts";
import { installedSource } from "../../src/packages/solve/sources.ts";
import { Scratch } from "../../src/store/_scratch.ts";
import { recordHeaders } from "./_installed.ts";
import type { Package } from "./_rpm.ts";

/** None in `/` itself: libsolv 0.7.23 finds no such file. */
const PATHS = ["/usr/bin/sh", "/usr/bin/env", "/usr//bin/env", "/usr/lib/sh", "/opt/grüße/sh", "/opt/a b/c"];
const NODES = ["/srv/top", "/srv/top/mid", "/srv/top/mid/leaf", "/srv/top/side"];

const path = fc.constantFrom(...PATHS);
const name = fc.constantFrom("a", "b", "c", "d");
/** No blanks where rpm parses: it takes a path with one apart. */
const operand = fc.oneof(path.filter((text) => !text.includes(" ")), name);
const dependency = fc.oneof(
  path,
  fc.tuple(operand, fc.constantFrom("and", "or", "if", "unless"), operand).map(([one, word, other]) =>
    `(${one} ${word} ${other})`
  ),
  fc.tuple(operand, operand, operand).map(([one, condition, other]) => `(${one} if ${condition} else ${other})`),
);
const dependencies = fc.array(dependency, { maxLength: 3 });
const database = fc.uniqueArray(
  fc.record({
    name,
    files: fc.subarray(PATHS),
    requires: dependencies,
    conflicts: dependencies,
    obsoletes: dependencies,
  }),
  { selector: (one) => one.name, maxLength: 4 },
).map((packages) =>
  packages.map((one): Package => ({
    ...one,
    version: "1",
    files: Object.fromEntries(one.files.map((file) => [file, { content: "" }])),
  }))
);

/** What is wrong with the packages of a node, beside those that it has with its ancestors. */
function faultsIn(packages: PackagePool, holders: readonly string[], onHost: boolean, node: string) {
  const installed = (holder: string) => packages.installedIn(holder);
  const above = holders.filter((other) => other === HOST ? onHost : node.startsWith(`${other}/`)).flatMap(installed);
  const present = new Set<Solvable>([...installed(node), ...above]);
  return findFaults(packages.pool, installed(node), above, (solvable) => present.has(solvable)).map((fault) => ({
    ...fault,
    dependency: fault.dependency === undefined ? "" : packages.pool.dependencyText(fault.dependency),
  }));
}

Deno.test("packages lack the same and are in each other's way, whoever looks for files: in nodes, ancestors, the host", async () => {
  let found = 0;
  const image = fc.record({
    host: database,
    nodes: fc.tuple(database, database, database, database),
    onHost: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(image, async ({ host, nodes, onHost }) => {
      using scratch = new Scratch();
      const root = scratch.path;
      const directories = NODES.map((node) => root + node);
      await recordHeaders(root, host);
      for (const [index, directory] of directories.entries()) await recordHeaders(directory, nodes[index]!);

      using ours = new ImagePackages("x86_64", { root, nodes: new Set(onHost ? NODES : []) });
      ours.readHost();
      for (const [index, node] of NODES.entries()) ours.readNode({ path: node, directory: directories[index]! });
      ours.prepare();

      using theirs = new PackagePool("x86_64");
      if (onHost) {
        theirs.addInstalled([installedSource({ node: HOST, open: () => Database.ofHost(root) }, "the host")]);
      }
      theirs.addInstalled(
        directories.map((node) => installedSource({ node, open: () => Database.ofNode(node) }, node)),
      );
      theirs.prepare();

      for (const directory of directories) {
        const faults = faultsIn(theirs, [HOST, ...directories], onHost, directory);
        found += faults.length;
        assert.deepEqual(faultsIn(ours.pool, [HOST, ...directories], onHost, directory), faults, directory);
      }
    }),
    { numRuns: Number(Deno.env.get("REDPAK_IMAGES") ?? 12) },
  );
  assert.ok(found > 50, `${found} faults are too few to compare anything`);
});
