/** Users and groups that packages bring along, by their headers or by their files, before files belong to them. */
import assert from "node:assert/strict";
import { holdersOf } from "../../src/packages/database/holders.ts";
import { isRoot, withNode } from "../../src/packages/generation/_scene.ts";
import { undo } from "../../src/packages/generation/undo.ts";
import { apply, install, PackageScene } from "./_transaction.ts";

const scene = new PackageScene();
addEventListener("unload", () => scene[Symbol.dispose]());

const ROOT = { "etc/passwd": "root:x:0:0::/:/bin/sh\n", "etc/group": "root:x:0:\n" };
const text = (path: string) => Deno.readTextFileSync(path);
const owned = (user: string) => ({ "/usr/share/owned": { content: "", ...isRoot && { owner: user, group: user } } });

/** As rpm writes it, in letters that a version of all librpms can have. */
const line = (text: string) => btoa(text.padEnd(Math.ceil(text.length / 3) * 3));

const announcing = scene.build({
  name: "announcing",
  provides: [`user(web) = ${line('u web - "The web" /srv/web -')}`, `group(web) = ${line("g web -")}`],
  files: owned("web"),
});
const hiding = scene.build({
  name: "hiding",
  files: {
    "/usr/lib/sysusers.d/hiding.conf": { content: "# who\nu hidden -\nm hidden log\n" },
    "/usr/share/hidden": { content: "", ...isRoot && { owner: "hidden", group: "hidden" } },
  },
});

Deno.test("users without a number get one, the same each time, and the files that are theirs; undo takes them back", async () => {
  for (const name of ["one", "two"]) {
    const node = scene.node(name, ROOT);
    await apply(node, [install(announcing), install(hiding)]);
    assert.equal(
      text(`${node}/etc/passwd`),
      `${ROOT["etc/passwd"]}web:x:999:999:The web:/srv/web:/usr/sbin/nologin\nhidden:x:998:998::/:/usr/sbin/nologin\n`,
    );
    assert.equal(text(`${node}/etc/group`), `${ROOT["etc/group"]}web:x:999:\nhidden:x:998:\nlog:x:997:hidden\n`);
    if (isRoot) {
      assert.equal(Deno.lstatSync(`${node}/usr/share/owned`).uid, 999);
      assert.equal(Deno.lstatSync(`${node}/usr/share/hidden`).gid, 998);
    }
    await withNode(node, (content) => undo(content));
    assert.equal(text(`${node}/etc/passwd`), ROOT["etc/passwd"]);
    assert.equal(text(`${node}/etc/group`), ROOT["etc/group"]);
  }
});

Deno.test("whom an ancestor knows is not made once more, and no number of an ancestor's is taken", async () => {
  const parent = scene.node("parent", {
    "etc/passwd": "web:x:70:70::/:/\nx:x:999:999::/:/\n",
    "etc/group": "web:x:70:\n",
  });
  const node = scene.node("parent/child");
  await apply(node, [install(announcing), install(hiding)], { ancestors: holdersOf([parent]) });
  assert.equal(text(`${node}/etc/passwd`), "hidden:x:998:998::/:/usr/sbin/nologin\n");
  if (isRoot) assert.equal(Deno.lstatSync(`${node}/usr/share/owned`).uid, 70);
});

Deno.test("a package that would make another root is refused, and nothing is made", async () => {
  const node = scene.node("toor", ROOT);
  const toor = (text: string) => scene.build({ name: "toor", provides: [`user(toor) = ${line(text)}`] });
  for (const one of ["u toor 0", "u toor 5 x:0:0"]) {
    await assert.rejects(apply(node, [install(toor(one))]), { code: "E_SYSUSERS", message: /users of toor-1-1/ });
  }
  const file = { "/usr/lib/sysusers.d/toor.conf": { content: "u toor 0\n" } };
  await assert.rejects(apply(node, [install(scene.build({ name: "toor", files: file }))]), { code: "E_SYSUSERS" });
  assert.equal(text(`${node}/etc/passwd`), ROOT["etc/passwd"]);
});

Deno.test("a link in the place of the node's users leads nobody astray", async () => {
  const outside = `${scene.path}/outside`;
  Deno.writeTextFileSync(outside, "theirs");
  const node = scene.node("linked", { "etc/passwd": `-> ${outside}` });
  await assert.rejects(apply(node, [install(announcing)]));
  assert.equal(text(outside), "theirs");
});
