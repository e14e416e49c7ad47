/** What `redpak graph` makes of the nodes of an image and of this machine. */
import assert from "node:assert/strict";
import type { GraphMount } from "../../src/view/graph/graph.ts";
import { json, validate } from "./_document.ts";
import { exec, REDPAK, redpak, Scratch } from "./_node.ts";
import { asEach, by, NAME, Running, usualNode } from "./_running.ts";

const own = (mount: string) => `exports:\n  - { mode: Restricted, mount: ${mount}, path: $NODE_PATH/usr }\n`;

/** A family of three in an image: one of them exports what is not there. */
function family(scratch: Scratch): string {
  for (const directory of ["usr/bin", "etc", "data"]) {
    Deno.mkdirSync(`${scratch.path}/img/${directory}`, { recursive: true });
  }
  const limits = "config:\n  cgroups: { mem: { max: 64M } }\n  rlimits: { nofile: 512 }\n";
  scratch.node("img/nodes/top", `${own("/opt/top")}  - { mode: Public, mount: /data, path: /data }\n${limits}`);
  scratch.node("img/nodes/top/nav", `${own("/opt/nav")}  - { mode: Tmpfs, mount: /tmp, size: 8M }\n`);
  scratch.node(
    "img/nodes/top/radio",
    `${own("/opt/radio")}  - { mode: Restricted, mount: /x, path: /gone, optional: false }\n`,
  );
  return `${scratch.path}/img`;
}

Deno.test("what each node sees is said with its source, its owner and the place that says it", () => {
  using scratch = new Scratch();
  const root = family(scratch);
  const { data } = json("graph", root);
  assert.deepEqual([data.root, data.node, data.proven, data.observedAt], [root, null, false, null]);
  assert.deepEqual(
    data.nodes.map(({ path, parent, alias }: Record<string, string>) => `${alias} ${path} in ${parent}`),
    ["top /nodes/top in null", "nav /nodes/top/nav in /nodes/top", "radio /nodes/top/radio in /nodes/top"],
  );
  const seen = data.nodes[1].mounts.map((at: number) => data.mounts[at])
    .filter(({ where }: { where: unknown }) => where !== null);
  assert.deepEqual(
    seen.map(({ destination, kind, source, owner, options, size, where, by }: GraphMount) => [
      destination,
      kind,
      source,
      owner,
      options.includes("ro"),
      size,
      `${where!.file.slice(root.length)}:${where!.line}`,
      by,
    ]),
    [
      ["/data", "bind", "/data", null, false, null, "/nodes/top/etc/redpak.yaml:7", "/nodes/top"],
      [
        "/opt/nav",
        "bind",
        "/nodes/top/nav/usr",
        "/nodes/top/nav",
        true,
        null,
        "/nodes/top/nav/etc/redpak.yaml:6",
        "/nodes/top/nav",
      ],
      ["/opt/top", "bind", "/nodes/top/usr", "/nodes/top", true, null, "/nodes/top/etc/redpak.yaml:6", "/nodes/top"],
      ["/tmp", "tmpfs", null, null, false, 2 ** 23, "/nodes/top/nav/etc/redpak.yaml:7", "/nodes/top/nav"],
    ],
  );
  // What nodes have in common is there once.
  const common = data.nodes[0].mounts.filter((at: number) => data.nodes[1].mounts.includes(at));
  assert.deepEqual(common.map((at: number) => data.mounts[at].destination).slice(0, 2), ["/data", "/opt/top"]);
  assert.deepEqual(
    data.nodes[1].limits.map(({ name, value, by }: Record<string, string>) => `${name} ${value} ${by}`),
    [
      "memory.max 64.0 MiB /nodes/top",
      "pids.max 512 null",
      "rlimit core 0 B null",
      "rlimit nofile 512 /nodes/top",
      "rlimit rtprio 0 null",
    ],
  );
  assert.deepEqual(data.nodes[1].isolation.network, { kind: "own", bind: null, connect: null });
});

Deno.test("it finds what verify finds, and ends with 0 all the same", () => {
  using scratch = new Scratch();
  const root = family(scratch);
  const rules = scratch.file("rules", "no node may write /data\n");
  const { code, stdout } = redpak(["verify", root, "--assertions", rules, "--json"]);
  assert.equal(code, 1);
  const found = JSON.parse(stdout).data.findings.map(({ check, node, message }: Record<string, string>) =>
    `${check} ${node} ${message}`
  );
  const { data } = json("graph", root, "--assertions", rules);
  assert.deepEqual(
    data.findings.map(({ check, node, message }: Record<string, string>) => `${check} ${node} ${message}`),
    found,
  );
  assert(found.length > 1);
});

Deno.test("it writes one file, as its name or the format says, and nothing else", () => {
  using scratch = new Scratch();
  const root = family(scratch);
  const before = exec("find", [root, "-printf", "%p %T@ %C@ %m %s\n"]).stdout;
  const page = `${scratch.path}/a.html`;
  assert.equal(redpak(["graph", root, "-o", page]).stdout, `drew 3 node(s): ${page}\n`);
  const html = Deno.readTextFileSync(page);
  assert.match(html, /^<!doctype html>[^]*<\/html>\n$/);
  assert.equal(redpak(["graph", root]).stdout, html);
  assert.equal(redpak(["graph", "-o", "b.svg", root], { cwd: scratch.path }).code, 0);
  const svg = Deno.readTextFileSync(`${scratch.path}/b.svg`);
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^]*<\/svg>\n$/);
  assert.equal(redpak(["graph", root, "--format=svg", "--output=c"], { cwd: scratch.path }).code, 0);
  assert.equal(Deno.readTextFileSync(`${scratch.path}/c`), svg);
  assert.equal(exec("find", [root, "-printf", "%p %T@ %C@ %m %s\n"]).stdout, before);
  const names = [...Deno.readDirSync(scratch.path)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["a.html", "b.svg", "c", "img"]);
});

Deno.test("what cannot be drawn, or written, is an error that says why", () => {
  using scratch = new Scratch();
  const root = family(scratch);
  const failing = (...words: string[]) => {
    const { code, stderr } = redpak(["graph", ...words]);
    return `${code} ${stderr}`;
  };
  assert.match(failing(`${root}/usr`), /^4 .*there is no node in it\n.*redpak tree/);
  assert.match(failing(`${root}/none`), /^4 .*none/);
  assert.match(failing(root, "-o", `${scratch.path}/none/a.html`), /^4 .*Cannot write ".*\/none\/a\.html"/);
  assert.match(failing(root, "--format", "png"), /^2 /);
  // A terminal is no place for a page.
  const { code, stdout } = exec("script", ["-qec", `${REDPAK} graph ${root}`, "/dev/null"]);
  assert.deepEqual([code, /say where to[^]*-o nodes\.html/.test(stdout)], [2, true]);
});

asEach("a node is drawn with its whole family, and with what runs", async (user, scratch) => {
  const top = usualNode(scratch);
  const node = scratch.node(`${NAME}/one`, "");
  scratch.node(`${NAME}/two`, "");
  scratch.node("other", "");
  await using _ = await Running.start(user, node);
  const { code, stdout, stderr } = by(user, "graph", `${node}/`, "--json");
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout);
  validate(document);
  const { data } = document;
  assert.deepEqual([data.root, data.node], ["/", node]);
  assert.deepEqual(data.nodes.map(({ path }: { path: string }) => path), [top, node, `${top}/two`]);
  assert.match(data.observedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(data.nodes.map(({ running }: { running: unknown[] }) => running.length), [0, 1, 0]);
  const [{ id, memoryBytes, processes }] = data.nodes[1].running;
  assert.match(id, /^one-\d+$/);
  assert(memoryBytes > 0 && processes > 0);
});
