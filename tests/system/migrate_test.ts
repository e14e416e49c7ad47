import assert from "node:assert/strict";
import { exec, REDPAK, redpak, rootTest, Scratch } from "./_node.ts";

const PARENT = `exports:
  - { mode: Restricted, mount: /usr }
config:
  share_all: disabled
  die-with-parent: Enabled
`;

const CHILD = `relocations:
  - old: /a   # gone
    new: /b

exports:
  # programs
  - {mode: Public,   mount: /usr}  # why
config:
    share_net:   enabled  # needed
    die-with-parent: 1 # number
    gpgcheck: nope
    new-session: 7
    capabilities:
    - {cap: CAP_KILL, add: 1}
`;

const FIXED = `
exports:
  # programs
  - {mode: Restricted,   mount: /usr}  # why
config:
    share_net:   disabled  # needed
    die-with-parent: Enabled # number
    gpgcheck: true
    new-session: Enabled
    capabilities:
    - {cap: CAP_KILL, add: 0}
`;

const HEADERS = "headers:\n  alias: nav\n  name: n-nav\n  info: test\n";

function family(scratch: Scratch, child = CHILD) {
  const root = scratch.node("top", PARENT);
  const nav = scratch.node("top/nav", child);
  const file = `${nav}/etc/redpak.yaml`;
  return {
    root,
    nav,
    file,
    text: () => Deno.readTextFileSync(file),
    mode: () => (Deno.statSync(file).mode ?? 0) & 0o7777,
  };
}

Deno.test("check --fix repairs what has one answer and leaves every other byte; then all is well", () => {
  using scratch = new Scratch();
  const { root, nav, file, text, mode } = family(scratch);
  Deno.chmodSync(`${nav}/etc`, 0o775);
  Deno.chmodSync(file, 0o660);
  assert.match(redpak(["check", scratch.path]).stdout, /can be fixed by --fix/);
  const { code, stdout, stderr } = redpak(["check", scratch.path, "--fix", "--yes"]);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(text(), HEADERS + FIXED);
  assert.equal(mode(), 0o640);
  assert.equal((Deno.statSync(`${nav}/etc`).mode ?? 0) & 0o7777, 0o755);
  assert(stdout.includes(`${file}:5: relocations: … -> (removed)\n`), stdout);
  assert(stdout.includes(`${file}:11: mode: Public -> Restricted\n`), stdout);
  assert(stdout.endsWith(`${root}: ok\n${nav}: ok\n`), stdout);
  const again = redpak(["check", scratch.path, "--fix"]);
  assert.deepEqual([again.code, again.stdout], [0, `${root}: ok\n${nav}: ok\n`]);
  assert.equal(redpak(["plan", nav]).code, 0);
});

Deno.test("a dry run prints a diff that patch understands, and changes nothing", () => {
  using scratch = new Scratch();
  const { file, text, mode } = family(scratch);
  Deno.chmodSync(file, 0o664);
  const { code, stdout } = redpak(["check", scratch.path, "--fix", "--dry-run"]);
  assert.equal(code, 0);
  assert.deepEqual([text(), mode()], [HEADERS + CHILD, 0o664]);
  assert(stdout.includes(`would chmod go-w ${file}\n`));
  Deno.writeTextFileSync(`${scratch.path}/diff`, stdout);
  const patch = exec("patch", ["-p0", "-d", "/", "-i", `${scratch.path}/diff`]);
  assert.equal(patch.code, 0, patch.stdout + patch.stderr);
  assert.equal(text(), HEADERS + FIXED);
});

Deno.test("without a terminal nothing is changed unless --yes", () => {
  using scratch = new Scratch();
  const { nav, text } = family(scratch);
  const { code, stderr } = redpak(["check", nav, "--fix"]);
  assert.equal(code, 2);
  assert.match(stderr, /--yes/);
  assert.equal(text(), HEADERS + CHILD);
});

Deno.test("on a terminal the difference is shown and only a yes changes anything", () => {
  using scratch = new Scratch();
  const { nav, text } = family(scratch);
  const script = `printf '%s\\n' "$1" | script -qec "'$0' check '$2' --fix" /dev/null`;
  const answer = (word: string) => exec("sh", ["-c", script, REDPAK, word, nav]).stdout;
  assert.match(answer("no"), /mode: Restricted[^]*Repair this\? \[y\/N\]/);
  assert.equal(text(), HEADERS + CHILD);
  answer("yes");
  assert.equal(text(), HEADERS + FIXED);
});

Deno.test("what somebody has to decide is left, with exit 3", () => {
  using scratch = new Scratch();
  const { text } = family(scratch, "exports:\n- {mode: Public, mount: /srv}\nconfig: {share_net: enabled}\n");
  const { code, stdout } = redpak(["check", scratch.path, "--fix", "--yes", "--json"]);
  assert.equal(code, 3);
  const { repair, nodes } = JSON.parse(stdout).data;
  assert.deepEqual(nodes.map(({ problems }: { problems: { code: string }[] }) => problems.map(({ code }) => code)), [
    [],
    ["E_LOOSENED_EXPORT"],
  ]);
  assert.deepEqual([repair.changed, repair.changes.length], [true, 1]);
  assert.equal(text(), `${HEADERS}exports:\n- {mode: Public, mount: /srv}\nconfig: {share_net: disabled}\n`);
});

Deno.test("anchors, which only redpak 2.5 follows, do not hide what else is wrong, nor keep it from being fixed", () => {
  using scratch = new Scratch();
  const { nav, text } = family(scratch, "config: &c\n  share_net: enabled\n  umask: &u '027' # kept\n");
  const { code, stdout } = redpak(["check", nav, "--fix", "--yes"]);
  assert.equal(code, 3);
  assert.match(stdout, /anchors are not allowed/);
  assert.equal(text(), `${HEADERS}config: &c\n  share_net: disabled\n  umask: &u '027' # kept\n`);
});

Deno.test("a file that a link leads to is left alone", () => {
  using scratch = new Scratch();
  const { nav, file } = family(scratch);
  const target = scratch.file("elsewhere", Deno.readTextFileSync(file), 0o664);
  Deno.removeSync(file);
  Deno.symlinkSync(target, file);
  const { code, stderr } = redpak(["check", nav, "--fix", "--yes"]);
  assert.equal(code, 3);
  assert.match(stderr, /symbolic link/);
  assert.equal(Deno.readTextFileSync(target), HEADERS + CHILD);
  assert.equal((Deno.statSync(target).mode ?? 0) & 0o777, 0o664);
  assert(Deno.lstatSync(file).isSymlink);
});

rootTest("a node of somebody else is left alone, and keeps no other from being repaired", () => {
  using scratch = new Scratch();
  const { root, file, text } = family(scratch);
  const other = scratch.node("top/other", CHILD);
  Deno.chownSync(file, 1234, 1234);
  const { code, stdout, stderr } = redpak(["check", scratch.path, "--fix", "--yes"]);
  assert.equal(code, 3);
  assert.match(stderr, /warning: Cannot trust .*nav\/etc\/redpak\.yaml": it belongs to user 1234/);
  assert.equal(text(), HEADERS + CHILD);
  assert(stdout.includes(`${root}: ok\n`) && stdout.endsWith(`${other}: ok\n`), stdout);
});

Deno.test("only the node that is named is repaired, not those that contain it", () => {
  using scratch = new Scratch();
  const { root, nav, file } = family(scratch);
  const leaf = scratch.node("top/nav/leaf", "config: {}\n");
  assert.equal(redpak(["check", leaf, "--fix", "--yes"]).code, 3);
  assert.equal(Deno.readTextFileSync(file), HEADERS + CHILD);
  assert.equal(
    redpak(["check", scratch.path, "--fix", "--yes"]).stdout.split("\n").slice(-4, -1).join(),
    `${root}: ok,${nav}: ok,${leaf}: ok`,
  );
});

Deno.test("diff says what differs, by place; 0 for the same, 1 for a difference", () => {
  using scratch = new Scratch();
  const a = scratch.node("a", "exports:\n  - {mode: Public, mount: /x}\nconfig: {umask: '022', path: /bin}\n");
  const b = scratch.node(
    "b",
    "environ:\n  - {key: K, value: v}\nexports:\n  - {mode: Tmpfs, mount: /x}\nconfig: {path: /bin}\n",
  );
  assert.deepEqual([redpak(["diff", a, a]).code, redpak(["diff", a, a]).stdout], [0, ""]);
  const { code, stdout } = redpak(["diff", a, b]);
  assert.equal(code, 1);
  const [first, second, third, end] = stdout.split("\n");
  assert.equal(
    first,
    `~ exports /x: mode=Public -> mode=Tmpfs  # ${a}/etc/redpak.yaml:6:27 -> ${b}/etc/redpak.yaml:8:26`,
  );
  assert.match(second ?? "", /^- config umask: 022 {2}# .*a\/etc\/redpak\.yaml:7:\d+$/);
  assert.match(third ?? "", /^\+ environ K: mode=Default value=v {2}# .*b\/etc\/redpak\.yaml:6:\d+$/);
  assert.equal(end, "");
  assert(redpak(["diff", a, b, "--color", "always"]).stdout.startsWith("\x1b[33m~"));
});

Deno.test("a state that was saved can be compared, from a file and from standard input", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "config: {umask: '022'}\n");
  const saved = scratch.file("before.json", redpak(["show", node, "--merged", "--origin", "--json"]).stdout);
  assert.equal(redpak(["diff", saved, node]).code, 0);
  scratch.node("n", "config: {umask: '027'}\n");
  const { code, stdout } = redpak(["diff", saved, node]);
  assert.equal(code, 1);
  assert.match(stdout, /^~ config umask: 022 -> 027 {2}# .*:5:\d+ -> .*:5:\d+\n$/);
  const piped = exec("sh", ["-c", '"$0" diff - "$1" < "$2"', REDPAK, node, saved]);
  assert.deepEqual([piped.code, piped.stdout], [1, stdout]);
  assert.equal(redpak(["diff", saved, node, "--expand"]).code, 2, "raw texts against expanded ones");
  assert.equal(redpak(["diff", "-", "-"]).code, 2);
  assert.equal(redpak(["diff", scratch.file("x", "{}"), node]).code, 3);
  assert.equal(redpak(["diff", `${scratch.path}/none`, node]).code, 4);
});
