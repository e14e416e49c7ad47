/** The link that var/lib/rpm of a node is once its packages have been changed, exported as configurations of redpak 2.5 do. */
import assert from "node:assert/strict";
import { exec, isRoot, PATH, redpak, Scratch, SYSTEM } from "./_node.ts";

const LINK = "../../usr/lib/sysimage/rpm";

/** A node that shows its var/lib/rpm. */
function nodeOf(scratch: Scratch, name: string, mode: string, link: string, owner = 0): string {
  const node = scratch.node(
    name,
    SYSTEM.trimEnd() + `\n  - { mode: ${mode}, mount: /var/lib/rpm, path: $NODE_PATH/var/lib/rpm }\n` + PATH,
  );
  scratch.file(`${name}/usr/lib/sysimage/rpm/rpmdb`, "database\n");
  scratch.file("outside/usr/lib/sysimage/rpm/rpmdb", "other\n");
  Deno.mkdirSync(`${node}/var/lib`, { recursive: true });
  Deno.symlinkSync(link, `${node}/var/lib/rpm`);
  if (owner !== 0) exec("chown", ["-R", "-h", `${owner}:${owner}`, node]);
  return node;
}

const read = (node: string, uid = Deno.uid()!) =>
  redpak(["run", node, "--", "cat", "/var/lib/rpm/rpmdb"], { cwd: "/", uid });

const USERS = isRoot ? [0, 61_234] : [Deno.uid()!];

for (const uid of USERS) {
  for (const mode of ["Restricted", "Private", "Public"]) {
    Deno.test(`var/lib/rpm that leads to the node's own database is shown (${mode}, user ${uid})`, () => {
      using scratch = new Scratch();
      const { code, stdout, stderr } = read(nodeOf(scratch, "n", mode, LINK, uid), uid);
      assert.deepEqual([code, stdout], [0, "database\n"], stderr);
    });
  }

  Deno.test(`var/lib/rpm that leads anywhere else is not (user ${uid})`, () => {
    for (
      const [mode, link] of [
        ["Restricted", "../../../outside/usr/lib/sysimage/rpm"],
        ["Private", "../../usr/../../outside/usr/lib/sysimage/rpm"],
        ["Restricted", `${LINK}/../../../../etc`],
      ] as const
    ) {
      using scratch = new Scratch();
      const { code, stderr } = read(nodeOf(scratch, "n", mode, link, uid), uid);
      assert.equal(code, 125, link);
      assert.match(stderr, /link/);
    }
  });

  Deno.test(`the database that it leads to is no link itself (user ${uid})`, () => {
    using scratch = new Scratch();
    const node = nodeOf(scratch, "n", "Restricted", LINK, uid);
    Deno.removeSync(`${node}/usr/lib`, { recursive: true });
    Deno.symlinkSync("../../outside/usr/lib", `${node}/usr/lib`);
    const { code, stderr } = read(node, uid);
    assert.equal(code, 125);
    assert.match(stderr, /link/);
  });
}
