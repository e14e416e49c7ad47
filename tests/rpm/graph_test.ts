/** `redpak graph` of nodes with packages: who shares what, and the picture in README. */
import assert from "node:assert/strict";
import type { GraphNode } from "../../src/view/graph/graph.ts";
import { json } from "../system/_document.ts";
import { redpak, rootTest, Scratch } from "../system/_node.ts";
import { installInNode, type Package } from "./_rpm.ts";

const one = (name: string, path: string, size: number): Package => ({
  name,
  version: "1.2",
  files: { [path]: { content: name.padEnd(16, ".").repeat(size / 16) } },
});
const CURL = one("libcurl", "/usr/lib/libcurl.so.4", 684 * 1024);
const MAP = one("map", "/usr/share/map/data", 2048 * 1024);
const CODEC = one("codec", "/usr/lib/libcodec.so.1", 1024 * 1024);

/** The image that README shows. */
function makeImage(scratch: Scratch): string {
  for (const directory of ["usr", "data"]) Deno.mkdirSync(`${scratch.path}/rootfs/${directory}`, { recursive: true });
  const node = (path: string, more: string, ...packages: Package[]) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const own = `  - { mode: Restricted, mount: /opt/${name}, path: $NODE_PATH/usr }\n`;
    const directory = scratch.node(`rootfs/nodes/${path}`, `exports:\n${own}${more}`);
    if (packages.length > 0) installInNode(directory, ...packages);
  };
  node("system", "  - { mode: Public, mount: /data, path: /data }\n", CURL);
  node("system/navigation", "", MAP, CODEC);
  node("system/radio", "  - { mode: RestrictedFile, mount: /opt/conf, path: $NODE_PATH/radio.conf }\n", CODEC);
  node("system/radio/podcasts", "");
  scratch.file("rootfs/nodes/system/navigation/usr/share/cache", "", 0o666);
  return `${scratch.path}/rootfs`;
}

rootTest("what a node has from its parents is shared, and what siblings have by themselves is there twice", () => {
  using scratch = new Scratch();
  const { data } = json("graph", makeImage(scratch));
  const totals = { stored: (684 + 2048 + 2 * 1024) * 1024, shared: (3 * 684 + 1024) * 1024, duplicated: 1024 * 1024 };
  assert.deepEqual(data.totals, totals);
  assert.deepEqual(
    data.nodes.map(({ alias, bytes, inherited, users, packages }: GraphNode) => [
      alias,
      [bytes.own, bytes.inherited, bytes.duplicated].map((size) => size / 1024).join(),
      inherited.map(({ node, packages, bytes }) => `${packages} of ${node}: ${bytes / 1024}`).join(),
      users,
      packages?.map(({ label, files, bytes }) => `${label} ${files} ${bytes / 1024}`).join() ?? null,
    ]),
    [
      ["system", "684,0,0", "", 3, "libcurl-1.2-1.noarch 1 684"],
      [
        "navigation",
        "3072,684,1024",
        "1 of /nodes/system: 684",
        0,
        "codec-1.2-1.noarch 1 1024,map-1.2-1.noarch 1 2048",
      ],
      ["radio", "1024,684,1024", "1 of /nodes/system: 684", 1, "codec-1.2-1.noarch 1 1024"],
      ["podcasts", "0,1708,0", "1 of /nodes/system/radio: 1024,1 of /nodes/system: 684", 0, null],
    ],
  );
  const nodes = ["/nodes/system/navigation", "/nodes/system/radio"];
  assert.deepEqual(data.duplicates, [
    { label: "codec-1.2-1.noarch", bytes: 1024 * 1024, nodes, common: "/nodes/system" },
  ]);
});

rootTest("the picture in README is one of this version: -- --write makes it anew", () => {
  using scratch = new Scratch();
  const file = new URL("../../nodes.svg", import.meta.url).pathname;
  const made = `${scratch.path}/nodes.svg`;
  const { code, stderr } = redpak(["graph", makeImage(scratch), "--output", made]);
  assert.equal(code, 0, stderr);
  if (Deno.args.includes("--write")) Deno.copyFileSync(made, file);
  assert.equal(Deno.readTextFileSync(made), Deno.readTextFileSync(file));
});
