import assert from "node:assert/strict";
import { exec, exists, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** A node with one more export. */
function exporting(scratch: Scratch, entry: string, config = ""): string {
  return scratch.node("n", `${SYSTEM}  - { ${entry} }\n${PATH}${config}`);
}

/** Runs `true` in the node; the shell that starts it opens descriptors. */
function runWith(redirections: string, node: string) {
  return exec("bash", ["-c", `exec "$0" run "$1" -- true ${redirections}`, REDPAK, node]);
}

rootTest("a directory is no source of a File mode", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/directory`);
  for (const mode of ["PublicFile", "RestrictedFile", "PrivateFile"]) {
    const node = exporting(scratch, `mode: ${mode}, mount: /x, path: ${scratch.path}/directory`);
    const { code, stderr } = redpak(["run", node, "--", "true"]);
    assert.equal(code, 125, mode);
    assert.match(
      stderr,
      /^redpak: Cannot bind ".*": it is a directory, .* \(EISDIR\)\n {2}configured at .*\n {2}hint: /,
    );
  }
});

rootTest("a missing source of a File mode is named, and not made", () => {
  using scratch = new Scratch();
  for (const mode of ["PublicFile", "RestrictedFile", "PrivateFile", "PrivateRestricted"]) {
    const node = exporting(scratch, `mode: ${mode}, mount: /x, path: ${scratch.path}/missing`);
    const { code, stderr } = redpak(["run", node, "--", "true"]);
    assert.equal(code, 125, mode);
    assert.match(
      stderr,
      /^redpak: Cannot bind ".*\/missing": no such file or directory \(ENOENT\)\n {2}configured at /,
    );
    assert.equal(exists(`${scratch.path}/missing`), false);
  }
});

rootTest("a descriptor that the caller did not open is refused, with how to open it", () => {
  using scratch = new Scratch();
  // 3 to 12: the launcher has descriptors of its own there.
  for (const descriptor of [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 77]) {
    const { code, stderr } = runWith(
      `${descriptor}<&-`,
      exporting(scratch, `mode: Internal, mount: /x, path: "${descriptor}"`),
    );
    assert.equal(code, 125, stderr);
    assert.match(
      stderr,
      new RegExp(`: descriptor ${descriptor}, .* is not open \\(EBADF\\)\n.*\n  hint: .* ${descriptor}<FILE\n$`),
    );
  }
});

rootTest("a descriptor is read to its end, whatever it is of", () => {
  using scratch = new Scratch();
  const node = exporting(scratch, 'mode: Internal, mount: /x, path: "7"');
  const script = `"$0" run "$1" -- cat /x`;
  for (const [source, expected] of [["7<<<text", "text\n"], ["7< <(echo one; sleep 0.1; echo two)", "one\ntwo\n"]]) {
    const { stdout, stderr } = exec("bash", ["-c", `${script} ${source}`, REDPAK, node]);
    assert.equal(stdout, expected, stderr);
  }
  const directory = runWith("7</", node);
  assert.equal(directory.code, 125);
  assert.match(directory.stderr, /\(EISDIR\)/);
});

rootTest("a missing directory is made with its parents, of the node's user and mode", () => {
  using scratch = new Scratch();
  const ids = "  set-user: 1000\n  set-group: 1001\n  umask: '027'\n";
  for (const mode of ["Public", "Restricted", "Private"]) {
    const path = `${scratch.path}/${mode}/of/launch`;
    const { code, stderr } = redpak([
      "run",
      exporting(scratch, `mode: ${mode}, mount: /x, path: ${path}`, ids),
      "true",
    ]);
    assert.equal(code, 0, stderr);
    for (const made of [path, `${scratch.path}/${mode}/of`, `${scratch.path}/${mode}`]) {
      const { mode, uid, gid } = Deno.statSync(made);
      assert.deepEqual([mode! & 0o7777, uid, gid], [0o750, 1000, 1001], made);
    }
  }
});

rootTest("nothing is made through a link that others could have put in the way", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/shared`);
  Deno.chmodSync(`${scratch.path}/shared`, 0o777);
  Deno.mkdirSync(`${scratch.path}/target`);
  for (const [link, target] of [["link", "target"], ["dangling", "nothing"]]) {
    Deno.symlinkSync(`${scratch.path}/${target}`, `${scratch.path}/shared/${link}`);
    const node = exporting(scratch, `mode: Public, mount: /x, path: ${scratch.path}/shared/${link}/made`);
    const { code, stderr } = redpak(["run", node, "--", "true"]);
    assert.equal(code, 125);
    assert.match(stderr, /is a link that others than root could have made\n {2}configured at .*\n {2}hint: /);
    assert.equal(exists(`${scratch.path}/${target}/made`), false);
  }
});

rootTest("a supplementary group of the caller does not come into the node, whoever its user is", () => {
  using scratch = new Scratch();
  for (const ids of ["", "set-user: 1000", "set-group: 1001", "share_user: enabled", "map-root-user: 1"]) {
    const node = scratch.node("n", `${SYSTEM}${PATH}${ids === "" ? "" : `  ${ids}\n`}`);
    const show = ["run", node, "--", "grep", "^Groups", "/proc/self/status"];
    const { code, stdout } = exec("setpriv", ["--groups", "4,27", REDPAK, ...show]);
    assert.deepEqual([code, stdout.trim()], [0, "Groups:"], ids);
  }
});

rootTest("map-root-user shows the node's user as root, without making it root outside", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/data`);
  const ids = "  map-root-user: 1\n  set-user: 1000\n  set-group: 1001\n";
  const node = exporting(scratch, `mode: Public, mount: /data, path: ${scratch.path}/data`, ids);
  const script = "id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; echo >/data/file; stat -c %u:%g /data/file";
  const { stdout, stderr } = redpak(["run", node, "--", "sh", "-c", script]);
  assert.match(stdout, /^0\n0\n( +0 +[1-9]\d+ +65536\n){2}0:0\n$/, stderr);

  Deno.removeSync(`${scratch.path}/data/file`);
  Deno.chownSync(`${scratch.path}/data`, 1000, 1001);
  const compat = redpak(["run", "--compat", node, "--", "sh", "-c", script]);
  const lines = compat.stdout.trim().split("\n").map((line) => line.trim().replace(/\s+/g, " "));
  assert.deepEqual(lines, ["0", "0", "0 1000 1", "0 1001 1", "0:0"], compat.stderr);
  const { uid, gid } = Deno.statSync(`${scratch.path}/data/file`);
  assert.deepEqual([uid, gid], [1000, 1001]);
});
