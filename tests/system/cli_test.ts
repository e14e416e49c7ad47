import assert from "node:assert/strict";
import { json, validate } from "./_document.ts";
import { exec, exists, isRoot, REDPAK, redpak, rootTest, Scratch } from "./_node.ts";

function family(scratch: Scratch): { root: string; child: string } {
  const root = `${scratch.path}/nodes`;
  const child = `${root}/nav`;
  assert.equal(redpak(["create", root, "--template", "root", "--alias", "system"]).code, 0);
  assert.equal(redpak(["create", child, "--alias", "navigation"]).code, 0);
  return { root, child };
}

Deno.test("created nodes are found, shown, checked and planned", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  assert.equal(redpak(["tree", root]).stdout, `${root}  system\n└── nav  navigation\n`);
  assert.match(redpak(["show", child]).stdout, /^ {2}alias: navigation$/m);
  assert.match(
    redpak(["show", child, "--merged", "--origin"]).stdout,
    /share_net: enabled +# .*nodes\/etc\/redpak.yaml:/,
  );
  assert.equal(redpak(["check", scratch.path]).stdout, `${root}: ok\n${child}: ok\n`);
  assert.match(redpak(["plan", child, "--", "ls"]).stdout, /exec +ls/);
});

Deno.test("every --json document follows its schema", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  assert.equal(json("tree", root).data.nodes[0].children[0].alias, "navigation");
  assert.equal(json("show", child, "--origin").data.files.length, 2);
  assert.equal(json("show", child, "--admin").data.files.length, 3);
  assert.equal(json("show", child, "--merged", "--expand", "--origin").data.config.config.hostname, "navigation");
  assert.equal(json("check", root).data.nodes[0].ok, true);
  assert.equal(json("check", root, "--fix").data.repair.changed, false);
  assert.deepEqual(json("diff", root, root).data.differences, []);
  assert.equal(json("plan", child).data.alias, "navigation");
  assert.equal(json("explain", child, "/usr/bin").data.access, "read-only");
  assert.equal(json("explain", child, "hostname").data.value, "navigation");
  assert.equal(json("disable", child).data.changed, true);
  assert.equal(json("disable", child).data.changed, false);
  assert.equal(json("create", `${root}/x`, "--dry-run").data.dryRun, true);
  assert.equal(json("delete", child, "--yes").data.changed, true);
  for (const words of [["version"], ["help"], ["help", "run"], ["schema"], ["schema", "config"]]) json(...words);
  if (isRoot) json("doctor", "--report");
  for (const words of [["probe", "facts"], ["completions", "bash"], ["complete", "he"], ["man"]]) json(...words);
});

Deno.test("an error is one JSON document on standard error, with its place", () => {
  using scratch = new Scratch();
  const path = scratch.node("n", "nonsense: 1\n");
  const { code, stdout, stderr } = redpak(["show", path, "--json"]);
  assert.deepEqual([code, stdout], [3, ""]);
  const document = JSON.parse(stderr);
  validate(document);
  const { where } = document.where === null ? document.problems[0] : document;
  assert.deepEqual(where, { file: `${path}/etc/redpak.yaml`, line: 5, column: 1 });
});

Deno.test("all problems of a configuration are reported at once, each with its place", () => {
  using scratch = new Scratch();
  const path = scratch.node("n", "nonsense: 1\nconfig:\n  umsk: 1\n");
  const { code, stderr } = redpak(["show", path]);
  assert.equal(code, 3);
  assert.match(stderr, /redpak\.yaml:5:1/);
  assert.match(stderr, /redpak\.yaml:7:3/);
  assert.match(stderr, /umask/);
});

Deno.test("a misspelt command, flag or alias gets a proposal", () => {
  using scratch = new Scratch();
  const { root } = family(scratch);
  for (
    const [words, proposal] of [
      [["tre"], /tree/],
      [["show", root, "--mergd"], /--merged/],
      [["plan", root, "--format", "jsn"], /json/],
      [["show", "navigaton", "--root", root], /navigation/],
    ] as const
  ) {
    const { code, stderr } = redpak(words);
    assert.notEqual(code, 0);
    assert.match(stderr, proposal, words.join(" "));
  }
});

Deno.test("a node is named by its alias below the root", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  assert.equal(json("disable", "navigation", "--root", root).data.node, child);
  assert.equal(redpak(["enable", "navigation"], { env: { REDPAK_ROOT: root } }).stdout, `enabled ${child}\n`);
});

Deno.test("exit codes: usage 2, configuration 3, not found 4", () => {
  using scratch = new Scratch();
  const broken = scratch.node("broken", "exports: 1\n");
  for (
    const [words, expected] of [
      [["no-such-command"], 2],
      [["show"], 2],
      [["show", "a", "b"], 2],
      [["show", "--no-such-flag", "a"], 2],
      [["version", "x"], 2],
      [["show", broken], 3],
      [["check", broken], 3],
      [["plan", broken], 3],
      [["show", `${scratch.path}/none`], 4],
      [["run", `${scratch.path}/none`], 4],
      // A failure of redpak itself must not look like one of the program.
      [["run", "a".repeat(300)], 125],
      [["show", "a".repeat(300)], 1],
      [[], 0],
      [["--version"], 0],
      [["--help"], 0],
      [["run", "--help"], 0],
    ] as const
  ) assert.equal(redpak(words).code, expected, words.join(" "));
});

Deno.test("dry runs change nothing and say what would be done", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  const state = () =>
    exec("sh", [
      "-c",
      `cd "$1" && find . -exec ls -ldi --time-style=full-iso {} + && cat $(find . -type f)`,
      "sh",
      root,
    ]).stdout;
  const before = state();
  assert.match(redpak(["create", `${root}/new`, "--dry-run"]).stdout, /would create .*new/);
  assert.match(redpak(["delete", root, "--recursive", "--dry-run"]).stdout, /would delete .*nav/);
  assert.match(redpak(["disable", child, "--dry-run"]).stdout, /would disable/);
  assert.match(redpak(["run", child, "--dry-run", "--", "ls"]).stdout, /exec +ls/);
  assert.equal(state(), before);
});

Deno.test("delete asks before destroying, and refuses where nobody can answer", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  const refused = redpak(["delete", child]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--yes/);
  assert.notEqual(redpak(["delete", root, "--yes"]).code, 0, "it has a child");
  assert(exists(child));
  assert.equal(redpak(["delete", root, "--recursive", "--yes"]).code, 0);
  assert(!exists(root));
});

Deno.test("delete on a terminal deletes after a yes only", () => {
  using scratch = new Scratch();
  const { child } = family(scratch);
  const script = `printf '%s\\n' "$1" | script -qec "'$0' delete '$2'" /dev/null`;
  const answer = (text: string) => exec("sh", ["-c", script, REDPAK, text, child]).stdout;
  assert.match(answer("no"), /Delete .*nav, with all data\? \[y\/N\]/);
  assert(exists(child));
  answer("yes");
  assert(!exists(child));
});

Deno.test("control characters of a path do not reach the terminal", () => {
  using scratch = new Scratch();
  const path = `${scratch.path}/\x1b[31m\u202e/n`;
  scratch.file("\x1b[31m\u202e/n/.rednode.yaml", "realpath: /n\ntimestamp: 1700000000000\nstate: Enable\n");
  scratch.file(
    "\x1b[31m\u202e/n/etc/redpak.yaml",
    "headers: { alias: n }\nenviron:\n  - { key: A, value: $NODE_PATH }\n",
  );
  for (const words of ["show --origin", "show --expand --origin", "plan", "check", "tree", "disable", "enable"]) {
    const [command = "", ...flags] = words.split(" ");
    const { stdout, stderr } = redpak([command, path, ...flags]);
    assert.match(stdout + stderr, /\\u\{1b\}\[31m\\u\{202e\}\/n/, words);
    // deno-lint-ignore no-control-regex -- they are what is looked for
    assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\u202e]/, words);
  }
});

Deno.test("control characters of a configuration are refused, escaped or not", () => {
  using scratch = new Scratch();
  for (const [index, value] of ["\\e[31m", "\x1b[31m", "\\u202e", "\\0"].entries()) {
    const path = scratch.node(`n${index}`, `environ:\n  - { key: A, value: "${value}" }\n`);
    const { code, stderr } = redpak(["show", path]);
    assert.equal(code, 3, value);
    assert.match(stderr, /redpak\.yaml:6:\d+/, value);
  }
});

Deno.test("a mount that is no plain absolute path is refused with its place, by check too", () => {
  using scratch = new Scratch();
  for (const [index, mount] of ["x", "/a/../b", "/"].entries()) {
    const path = scratch.node(`n${index}`, `exports:\n  - { mode: Tmpfs, mount: ${mount} }\n`);
    for (const command of ["check", "plan", "run"]) {
      const { code, stdout, stderr } = redpak([command, path]);
      assert.equal(code, 3, `${command} ${mount}`);
      assert.match(stdout + stderr, /Cannot export to .*\n.*redpak\.yaml:6:5/, `${command} ${mount}`);
    }
  }
});

Deno.test("output that cannot be written is an error, and not a defect", () => {
  const { code, stderr } = exec("sh", ["-c", '"$0" version >/dev/full', REDPAK]);
  assert.equal(code, 1);
  assert.match(stderr, /^redpak: Cannot write to standard output: .* \(ENOSPC\)\n/);
});

Deno.test("a reader that goes away is no error", () => {
  using scratch = new Scratch();
  const { child } = family(scratch);
  const script = `for i in 1 2 3; do "$0" plan "$1" | head -1; echo "$\{PIPESTATUS[0]}"; done`;
  const { stdout, stderr } = exec("bash", ["-c", script, REDPAK, child]);
  assert.equal(stderr, "");
  assert.match(stdout, /^(plan of .*\n0\n){3}$/);
});

Deno.test("nothing is coloured in a pipe, and everything is on demand", () => {
  using scratch = new Scratch();
  const { root } = family(scratch);
  assert(!redpak(["tree", root]).stdout.includes("\x1b"));
  assert(redpak(["tree", root, "--color", "always"]).stdout.includes("\x1b"));
  assert(!redpak(["tree", root, "--color", "never"], { env: { FORCE_COLOR: "1" } }).stdout.includes("\x1b"));
});

Deno.test("check lists what is not trusted, and run and plan refuse it", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  Deno.chmodSync(`${root}/etc/redpak.yaml`, 0o666);
  const check = redpak(["check", child]);
  assert.equal(check.code, 3);
  assert.match(check.stdout, /hint: chmod go-w .*nodes\/etc\/redpak.yaml/);
  for (const verb of ["plan", "run"]) assert.equal(redpak([verb, child, "--", "true"]).code, 3);
});

Deno.test("a broken node does not hide the others", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  Deno.writeTextFileSync(`${child}/etc/redpak.yaml`, "nonsense");
  const { code, stdout, stderr } = redpak(["tree", root]);
  assert.equal(code, 0);
  assert.match(stdout, /nav {2}broken/);
  assert.match(stderr, /redpak check .*nav/);
});

Deno.test("symbolic links: the target's ancestors count, and deletion leaves targets alone", () => {
  using scratch = new Scratch();
  const { root, child } = family(scratch);
  scratch.file("other/file", "kept");
  Deno.symlinkSync(child, `${scratch.path}/link`);
  Deno.symlinkSync(`${scratch.path}/other`, `${child}/inside`);
  assert.equal(json("plan", `${scratch.path}/link`).data.node, child);
  assert.equal(json("tree", scratch.path).data.nodes.length, 1);
  assert.equal(redpak(["delete", root, "--recursive", "--yes"]).code, 0);
  assert(exists(`${scratch.path}/other/file`));
});

rootTest("a node that is changed by somebody is busy", () => {
  using scratch = new Scratch();
  const { child } = family(scratch);
  const { code, stderr } = exec("flock", ["-x", child, REDPAK, "disable", child]);
  assert.equal(code, 7, stderr);
  assert.match(stderr, /lslocks/);
});

for (const template of ["root", "leaf", "full"]) {
  rootTest(`a node from the template ${template} runs programs`, () => {
    using scratch = new Scratch();
    const top = `${scratch.path}/top`;
    assert.equal(redpak(["create", top, "--template", template === "full" ? "full" : "root"]).code, 0);
    const node = template === "leaf" ? `${top}/leaf` : top;
    if (template === "leaf") assert.equal(redpak(["create", node]).code, 0);
    const script = "hostname; pwd; touch file && ls; id -u; touch /usr/x 2>/dev/null || echo ro; ls /home";
    const name = node.split("/").at(-1);
    const { code, stdout, stderr } = redpak(["run", node, "--", "sh", "-c", script]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${name}\n/home/${name}\nfile\n0\nro\n${name}\n`);
    assert.equal(exists(`${node}/home/file`), template !== "root");
    const admin = redpak([
      "run",
      node,
      "--admin",
      "--",
      "sh",
      "-c",
      `touch /nodes/${name}/usr/x; touch /nodes/${name}/etc/x || echo ro`,
    ]);
    assert.match(admin.stdout, /ro/);
    assert(exists(`${node}/usr/x`), admin.stderr);
    assert(!exists(`${node}/etc/x`));
  });
}

rootTest("a node that something is mounted in is not deleted, not even a directory of the same file system", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "");
  scratch.file("precious/file", "kept");
  Deno.mkdirSync(`${node}/mnt`);
  const script = `mount --bind "$1/precious" "$2/mnt" && "$0" delete "$2" --yes`;
  const result = exec("unshare", ["-m", "sh", "-c", script, REDPAK, scratch.path, node]);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /is mounted/);
  assert.equal(Deno.readTextFileSync(`${scratch.path}/precious/file`), "kept");
  assert.equal(redpak(["delete", node, "--yes"]).code, 0);
});
