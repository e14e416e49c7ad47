/** `redpak verify` on nodes with packages that rpm has installed. */
import assert from "node:assert/strict";
import { redpak, rootTest, Scratch } from "../system/_node.ts";
import { installInNode as install } from "./_rpm.ts";

const OWN = "exports:\n  - { mode: Restricted, mount: /usr, path: $NODE_PATH/usr }\n";

function found(root: string): string[] {
  const { stdout, stderr } = redpak(["verify", root, "--json"]);
  const { findings } = JSON.parse(stdout || stderr).data;
  return findings.map((
    { check, node, package: label, path, message }: Record<string, string>,
  ) => `${check} ${node} ${label ?? path} ${message}`).sort();
}

rootTest("packages of a family are proven, and what they lack or have twice is found", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/img`;
  const [top, one, two] = ["n", "n/one", "n/two"].map((name) => scratch.node(`img/${name}`, OWN)) as [
    string,
    string,
    string,
  ];
  const tool = (content: string) => ({ "/usr/bin/tool": { content, mode: 0o755 } });
  const shared = { "/usr/share/text": { content: "the same" } };
  install(top, { name: "lib", version: "1", provides: ["feature"], files: { ...tool("a"), ...shared } });
  install(one, { name: "app", version: "1", requires: ["lib >= 1", "(feature or other)"] });
  install(two, { name: "more", version: "2", files: shared });
  assert.deepEqual(found(root), []);

  install(two, { name: "bad", version: "2", requires: ["app", "lib > 1", "(gone if lib)"], files: tool("b") });
  install(one, { name: "lib", version: "1.5" }, { name: "foe", version: "1", conflicts: ["feature"] });
  assert.deepEqual(
    found(root),
    [
      "V-DUPLICATE /n/one lib-1.5-1.noarch Package lib-1.5-1.noarch is there twice: lib-1-1.noarch of /n",
      "V-REQUIRES /n/one foe-1-1.noarch Package foe-1-1.noarch conflicts with feature, and lib-1-1.noarch of /n is there",
      "V-REQUIRES /n/two bad-2-1.noarch Package bad-2-1.noarch requires (gone if lib), which neither its node nor an ancestor has",
      "V-REQUIRES /n/two bad-2-1.noarch Package bad-2-1.noarch requires app, which neither its node nor an ancestor has",
      "V-REQUIRES /n/two bad-2-1.noarch Package bad-2-1.noarch requires lib > 1, which neither its node nor an ancestor has",
      'V-SHADOW /n/two bad-2-1.noarch File "/usr/bin/tool" of bad-2-1.noarch is another one in lib-1-1.noarch of /n',
    ].sort(),
  );
});

rootTest("a file that was changed, added or given privileges since it was installed is found", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/img`;
  const node = scratch.node("img/n", OWN);
  install(node, {
    name: "app",
    version: "1",
    files: {
      "/usr/bin/app": { content: "app", mode: 0o755 },
      "/usr/bin/same": { content: "same", mode: 0o755 },
      "/usr/lib/link": { link: "app" },
      "/usr/lib/gone": { content: "x" },
      "/usr/lib/directory": { directory: true },
      "/etc/app.conf": { content: "setting", config: true },
    },
  });
  assert.deepEqual(found(root), []);
  Deno.writeTextFileSync(`${node}/usr/bin/app`, "ape");
  Deno.chmodSync(`${node}/usr/bin/same`, 0o4755);
  Deno.removeSync(`${node}/usr/lib/link`);
  Deno.symlinkSync("other", `${node}/usr/lib/link`);
  Deno.removeSync(`${node}/usr/lib/gone`);
  Deno.removeSync(`${node}/usr/lib/directory`);
  Deno.writeTextFileSync(`${node}/usr/lib/directory`, "");
  Deno.writeTextFileSync(`${node}/etc/app.conf`, "edited");
  scratch.file("img/n/usr/bin/own", "", 0o755);
  scratch.file("img/n/var/state", "", 0o666);
  const label = "app-1-1.noarch";
  assert.deepEqual(
    found(root),
    [
      `V-FILES /n ${label} Configuration file "/etc/app.conf" of ${label} has another content`,
      `V-FILES /n ${label} File "/usr/bin/app" of ${label} has another content`,
      `V-FILES /n ${label} File "/usr/bin/same" of ${label} has other permissions`,
      `V-FILES /n ${label} File "/usr/lib/directory" of ${label} is something else`,
      `V-FILES /n ${label} File "/usr/lib/gone" of ${label} is not there`,
      `V-FILES /n ${label} File "/usr/lib/link" of ${label} has another content`,
      'V-PRIVILEGE /n /n/usr/bin/same File "/usr/bin/same" has the set-user-ID bit',
      'V-PRIVILEGE /n /n/var/state File "/var/state" can be changed by everybody',
      'V-UNOWNED /n /n/usr/bin/own File "/usr/bin/own" comes from no package',
    ].sort(),
  );
});
