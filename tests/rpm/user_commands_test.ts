/** Packages in nodes of an ordinary user, from a server to running programs, by the built binary. */
import assert from "node:assert/strict";
import { describeTree } from "../../src/packages/generation/_scene.ts";
import { exec, isRoot, REDPAK, type Result, rootTest } from "../system/_node.ts";
import { Served } from "./_served.ts";

const UID = isRoot ? 61_235 : Deno.uid()!;
const served = new Served();
addEventListener("unload", () => served[Symbol.dispose]());

const program = (version: string) => ({
  name: "tool",
  version,
  requires: ["lib"],
  files: { "/usr/bin/tool": { content: `#!/bin/sh\necho tool ${version}\n`, mode: 0o755 } },
});
served.publish(program("1"), program("2"), { name: "lib", files: { "/usr/share/lib": { content: "lib" } } });

const home = `${served.path}/home`;
Deno.mkdirSync(home);
exec("chown", [`${UID}:${UID}`, home]);
Deno.chmodSync(served.path, 0o755);

async function redpak(...args: readonly string[]): Promise<Result> {
  const { code, signal, stdout, stderr } = await new Deno.Command(REDPAK, {
    args: [...args],
    stdin: "null",
    cwd: home,
    clearEnv: true,
    env: { HOME: home, PATH: "/usr/bin:/bin" },
    ...isRoot ? { uid: UID, gid: UID } : {},
  }).output();
  const decoder = new TextDecoder();
  return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await redpak(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

Deno.test("an ordinary user installs, runs, updates, takes back and removes packages, and all of it is the user's", async () => {
  await done("create", "top", "--template", "root", "--alias", "mine");
  await done("create", "top/nav", "--template", "leaf");
  await done("repo", "add", "top", "base", served.server.address, "--gpgkey", served.keyFile(), "--yes");
  await done("install", "top", "lib", "--yes");
  assert.match(await done("install", "top/nav", "tool-1", "--yes"), /^installed tool-1-1\.noarch\ntransaction 1 /);
  assert.equal(await done("run", "top/nav", "--", "tool"), "tool 1\n");
  assert.equal(await done("run", "top/nav", "--", "rpm", "-qa", "--dbpath", "/var/lib/rpm"), "tool-1-1.noarch\n");
  await done("update", "top/nav", "--yes");
  assert.equal(await done("run", "top/nav", "--", "tool"), "tool 2\n");
  await done("undo", "top/nav", "--yes");
  assert.equal(await done("run", "top/nav", "--", "tool"), "tool 1\n");
  assert.match(
    await done("why", "top", "lib"),
    /lib-1-1\.noarch of \S+ is required by\n {2}tool-1-1\.noarch +of \S+\/nav/,
  );
  assert.match(await done("history", "top/nav"), /\n2 .* undone +yes +update\n1 .* current +yes +install tool-1\n$/);
  const refused = await redpak("remove", "top", "lib", "--yes");
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /tool-1-1\.noarch of \S+\/nav requires lib/);
  await done("remove", "top/nav", "tool", "--yes");
  await done("remove", "top", "lib", "--yes");
  assert.match(await done("list", "top", "--all"), /^no packages\n$/);
  const strangers = describeTree(home, []).filter((line) => !line.includes(` ${UID}:${UID} `));
  assert.deepEqual(strangers, []);
});

rootTest("a node of somebody else's is left alone", async () => {
  const node = await served.create("theirs", "root");
  const refused = await redpak("install", node, "lib", "--yes");
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /permission denied|not permitted/i);
});

Deno.test("the server goes", async () => {
  await served.server[Symbol.asyncDispose]();
});
