import { deepEqual } from "node:assert/strict";
import { bootOrder } from "./boot_order.ts";
import type { RedNode } from "./node.ts";
import { parseConfig, parseStatus } from "./parse.ts";

async function node(path: string, after = ""): Promise<RedNode> {
  const alias = path.split("/").at(-1);
  const text = `headers: { alias: ${alias} }\nconfig: {${after === "" ? "" : ` after: [${after}] `}}`;
  return {
    path,
    status: await parseStatus(`realpath: ${path}\ntimestamp: 0\nstate: Enable`, `${path}/.rednode.yaml`),
    normal: await parseConfig(text, `${path}/etc/redpak.yaml`, "normal"),
  };
}

const paths = (nodes: readonly RedNode[]) => nodes.map(({ path }) => path);

function problemsOf(nodes: readonly RedNode[]) {
  return [...bootOrder(nodes).problems].flatMap(([{ path }, problems]) =>
    problems.map(({ code, where, hints }) => [path, code, `${where?.file}:${where?.line}:${where?.column}`, hints?.[0]])
  );
}

Deno.test("a node is started behind the node around it and behind those that its after names", async () => {
  const nodes = [
    await node("/n"),
    await node("/n/dir/a", "c, /m/"),
    await node("/n/b"),
    await node("/n/c", "b"),
    await node("/m"),
  ];
  const { order, waits, problems } = bootOrder(nodes);
  deepEqual(paths(order), ["/n", "/n/b", "/n/c", "/m", "/n/dir/a"]);
  deepEqual(paths(waits.get(nodes[1]!)!), ["/n", "/n/c", "/m"]);
  deepEqual(problems.size, 0);
});

Deno.test("a name that no node has, or several, is an error with its place", async () => {
  const place = "/n/a/etc/redpak.yaml:2:19";
  deepEqual(problemsOf([await node("/n"), await node("/n/a", "radoi"), await node("/n/radio")]), [
    ["/n/a", "E_AFTER_UNKNOWN", place, "did you mean radio?"],
  ]);
  deepEqual(problemsOf([await node("/n/a", "x"), await node("/n/x"), await node("/m/x")]), [
    ["/n/a", "E_AFTER_AMBIGUOUS", place, "name it by its path: /n/x"],
  ]);
});

Deno.test("nodes that wait for each other are errors where that is written, and the others have an order", async () => {
  const nodes = [
    await node("/a", "b"),
    await node("/b", "c"),
    await node("/c", "a"),
    await node("/d", "e"),
    await node("/e"),
  ];
  deepEqual(problemsOf(nodes).map(([path, code, where]) => [path, code, where]), [
    ["/a", "E_AFTER_CYCLE", "/a/etc/redpak.yaml:2:19"],
    ["/b", "E_AFTER_CYCLE", "/b/etc/redpak.yaml:2:19"],
    ["/c", "E_AFTER_CYCLE", "/c/etc/redpak.yaml:2:19"],
  ]);
  deepEqual(paths(bootOrder(nodes).order), ["/e", "/d"]);
});

Deno.test("a node cannot wait for itself, nor for one inside of it", async () => {
  deepEqual(problemsOf([await node("/a", "a")]).map(([path, code]) => [path, code]), [["/a", "E_AFTER_CYCLE"]]);
  deepEqual(problemsOf([await node("/a", "b"), await node("/a/b")]).map(([path, code]) => [path, code]), [
    ["/a", "E_AFTER_CYCLE"],
  ]);
});
