/** What librpm flushes while a transaction is prepared is flushed by nobody: all of it is, once, before it counts. */
import assert from "node:assert/strict";
import { exec, REDPAK } from "../system/_node.ts";
import { transactionHost } from "../../src/cli/transaction_host.ts";
import { apply, install, PackageScene } from "./_transaction.ts";

Deno.test("flushes of the calling thread do nothing once they are skipped", () => {
  const script = new URL("_flush.ts", import.meta.url).pathname;
  const { stdout, stderr } = exec(Deno.execPath(), ["run", "--quiet", "--no-check", "--allow-all", script]);
  assert.equal(stdout, "EBADF, then 0\n", stderr);
});

Deno.test("the process of librpm skips them before it does anything", async () => {
  using scene = new PackageScene();
  const log = `${scene.path}/log`;
  const args = ["-f", "-qq", "-o", log, "-e", "trace=seccomp,fsync,fdatasync", REDPAK];
  const host = transactionHost({ program: { path: "strace", args } });
  await apply(scene.node("node"), [install(scene.build({ name: "tool" }))], {}, host);
  const calls = [...Deno.readTextFileSync(log).matchAll(/^\d+ +(\w+)\(.* = (\S+)/gm)].map(([, name, result]) => {
    return `${name} ${result}`;
  });
  assert.equal(calls[0], "seccomp 0");
  assert(calls.length > 1 && calls.slice(1).every((call) => /^f\w+ 0$/.test(call)), calls.join());
});
