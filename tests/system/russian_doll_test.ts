import assert from "node:assert/strict";
import { PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** A family whose child adds to what its parent exports, and the child's exports of the host. */
function family(scratch: Scratch, exports: string, config = ""): { parent: string; child: string } {
  const parent = scratch.node("p", `${SYSTEM}${PATH}  share_all: disabled\n`);
  return { parent, child: scratch.node("p/c", `exports:\n${exports}config:\n  path: /usr/bin\n${config}`) };
}

const LOOSE = "  - { mode: Public, mount: /x, path: /usr }\n  - { mode: Restricted, mount: /host, path: /etc }\n";

for (const command of ["plan", "run"]) {
  Deno.test(`${command} refuses a node that loosens, with both places`, () => {
    using scratch = new Scratch();
    const { parent, child } = family(scratch, LOOSE, "  share_net: enabled\n");
    const { code, stdout, stderr } = redpak([command, child, "--", "true"]);
    assert.deepEqual([code, stdout], [3, ""]);
    const [own, above] = [child, parent].map((node) => `${node}/etc/redpak.yaml`);
    assert.deepEqual(stderr.trimEnd().split("\n"), [
      `redpak: Cannot share the net namespace: kept separate by ${above}:${lineOf(above!, "share_all")}:14`,
      `  configured at ${own}:10:14`,
      "  hint: share_net can be disabled here",
      `redpak: Cannot export "/etc": not exported by ${above}:6:3`,
      `  configured at ${own}:7:5`,
      `  hint: what lies in "${child}" or is exported by the parent can be exported here`,
      `redpak: Cannot export "/usr" for writing: read-only by ${above}:6:5`,
      `  configured at ${own}:6:5`,
      "  hint: mode Restricted can be used here",
      "  hint: --compat, or REDPAK_COMPAT=1 for redwrap, makes each of these a warning",
    ]);
  });
}

function lineOf(file: string, text: string): number {
  return Deno.readTextFileSync(file).split("\n").findIndex((line) => line.includes(text)) + 1;
}

Deno.test("the refusal is one JSON document with all problems", () => {
  using scratch = new Scratch();
  const { child } = family(scratch, LOOSE);
  const { code, stderr } = redpak(["plan", child, "--json"]);
  const document = JSON.parse(stderr);
  assert.deepEqual([code, document.kind, document.code, document.problems.length], [3, "Error", "E_LOOSENED", 2]);
});

Deno.test("check lists what a launch would refuse", () => {
  using scratch = new Scratch();
  const { parent, child } = family(scratch, LOOSE);
  const { code, stdout } = redpak(["check", scratch.path, "--json"]);
  assert.equal(code, 3);
  const nodes: { path: string; problems: { code: string }[] }[] = JSON.parse(stdout).data.nodes;
  assert.deepEqual(nodes.map(({ path, problems }) => [path, problems.map((problem) => problem.code)]), [
    [parent, []],
    [child, ["E_LOOSENED_EXPORT", "E_LOOSENED_EXPORT"]],
  ]);
});

Deno.test("with --compat each place is a warning", () => {
  using scratch = new Scratch();
  const { child } = family(scratch, LOOSE);
  const { code, stdout, stderr } = redpak(["plan", child, "--compat", "--", "true"]);
  assert.equal(code, 0);
  assert.match(stdout, /bind +\/usr/);
  assert.equal(stderr.match(/^redpak: warning: Only compatibility lets this node export/gm)?.length, 2, stderr);
});

rootTest("a child that holds runs, and --compat runs one that does not", () => {
  using scratch = new Scratch();
  const { child } = family(scratch, `${LOOSE}  - { mode: Public, mount: /data, path: $NODE_PATH/data }\n`);
  assert.equal(redpak(["run", child, "--", "true"]).code, 3);
  assert.equal(redpak(["run", child, "--compat", "-q", "--", "test", "-e", "/host/passwd"]).code, 0);
  using other = new Scratch();
  const held = family(other, "  - { mode: Public, mount: /data, path: $NODE_PATH/data }\n").child;
  assert.equal(redpak(["run", held, "--", "touch", "/data/made"]).code, 0);
  assert.equal(Deno.statSync(`${held}/data/made`).isFile, true);
});

rootTest("a source that a command finds out is judged before it is mounted", () => {
  using scratch = new Scratch();
  const { child } = family(scratch, "  - { mode: Restricted, mount: /host, path: $(printf /etc) }\n");
  assert.equal(redpak(["plan", child, "--", "true"]).code, 0);
  const { code, stderr } = redpak(["run", child, "--", "true"]);
  assert.equal(code, 3);
  assert.match(stderr, /Cannot export "\/etc": not exported by/);
});

Deno.test("families made from the templates hold, in admin mode too", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/nodes`;
  assert.equal(redpak(["create", root, "--template", "root", "--alias", "system"]).code, 0);
  assert.equal(redpak(["create", `${root}/nav`]).code, 0);
  assert.equal(redpak(["create", `${root}/nav/map`]).code, 0);
  for (const mode of [[], ["--admin"]]) {
    const { code, stdout } = redpak(["check", scratch.path, ...mode]);
    assert.equal(code, 0, stdout);
  }
});
