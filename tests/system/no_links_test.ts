/** Exports with nosymfollow, by both executors. */
import assert from "node:assert/strict";
import { exec, isRoot, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

const UID = isRoot ? 61_234 : Deno.uid() ?? 0;

/** A directory that anybody writes to, with a file and a link to it, and the exports of a node that show it. */
function share(scratch: Scratch): { path: string; exports: (keys: string) => string } {
  const path = `${scratch.path}/share`;
  Deno.mkdirSync(path);
  Deno.chmodSync(path, 0o777);
  scratch.file("share/file", "content\n");
  Deno.symlinkSync("file", `${path}/link`);
  return { path, exports: (keys) => `  - { mode: Public, mount: /share, path: ${path}${keys} }\n` };
}

const LOOK = "cat /share/file; readlink /share/link; cat /share/link; ln -sf /etc /share/out && ls /share/out/";

for (const [name, uid] of [["root", 0], ["a user", UID]] as const) {
  Deno.test({
    name: `no link in an export with nosymfollow is followed: ${name}`,
    ignore: !isRoot && uid === 0,
    fn() {
      using scratch = new Scratch();
      const { exports } = share(scratch);
      const run = (keys: string) =>
        redpak(["run", scratch.node("n", SYSTEM + exports(keys) + PATH), "--", "sh", "-c", LOOK], {
          cwd: "/",
          ...isRoot ? { uid } : {},
        });
      const followed = run("");
      assert.match(followed.stdout, /^content\nfile\ncontent\n/, followed.stderr);
      const { stdout, stderr } = run(", nosymfollow: true");
      assert.equal(stdout, "content\nfile\n", stderr);
      assert.match(stderr, /link: Too many levels of symbolic links\n.*out\/.*: Too many levels/);
    },
  });
}

rootTest("a tmpfs with nosymfollow follows none either", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}  - { mode: Tmpfs, mount: /x, nosymfollow: true }\n${PATH}`);
  const { code, stderr } = redpak(["run", node, "--", "sh", "-c", "ln -s /usr /x/l && ls /x/l/"]);
  assert.notEqual(code, 0);
  assert.match(stderr, /Too many levels/);
});

rootTest("audit sees it when links are followed again", () => {
  using scratch = new Scratch();
  const { path, exports } = share(scratch);
  const node = scratch.node("n", SYSTEM + exports(", nosymfollow: true") + PATH);
  // What a node is shown is made anew from the host's side, as root can.
  const script = `"$0" run "$1" -- sleep 1000 & n=$!
    for try in $(seq 200); do "$0" audit "$1" >/dev/null 2>&1 && break; sleep 0.05; done
    "$0" audit "$1"; echo "status $?"
    p=$(pgrep -P $n)
    nsenter --mount=/proc/$p/ns/mnt mount -o remount,bind,nosuid,nodev /share
    "$0" audit "$1"; echo "status $?"; kill $n; wait $n`;
  const { stdout, stderr } = exec("sh", ["-c", script, REDPAK, node]);
  assert.match(stdout, /status 0\n/, stdout + stderr);
  assert.match(stdout, /mount \/share: expected [^\n]*nosymfollow[^]*status 1\n/, `${path}: ${stdout}${stderr}`);
});
