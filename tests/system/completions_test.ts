/** Completion in a real shell, with the script that the binary prints. */
import assert from "node:assert/strict";
import { exec, exists, REDPAK, redpak, Scratch } from "./_node.ts";
import { asEach, by, Running, usualNode } from "./_running.ts";

/** What bash offers for the last of some words, as its completion code would ask. */
function complete(words: readonly string[], env: Record<string, string> = {}): string[] {
  const script = `
    source <("$1" completions bash) || exit
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    # compopt works in readline only, and says so.
    _redpak "$1"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = exec("bash", ["-c", script, "bash", REDPAK, ...words], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout.split("\n").filter((line) => line !== "");
}

Deno.test("bash completes commands, flags and their values", () => {
  assert.deepEqual(complete(["de"]), ["delete"]);
  assert.deepEqual(complete(["show", "--me"]), ["--merged"]);
  assert.deepEqual(complete(["plan", "n", "--format", "j"]), ["json"]);
  assert.deepEqual(complete(["help", "exit"]), ["exit-codes"]);
  assert.deepEqual(complete(["explain", "n", "hostn"]), ["hostname"]);
});

Deno.test("bash completes nodes by path and, below the root, by alias", () => {
  using scratch = new Scratch();
  const node = scratch.node("family", "");
  scratch.node("family/nav", "");
  assert.deepEqual(complete(["run", `${scratch.path}/fam`]), [`${node}/`]);
  assert.deepEqual(complete(["run", `${node}/`]), [`${node}/etc/`, `${node}/nav/`]);
  assert.deepEqual(complete(["--root", scratch.path, "run", "na"]), ["nav"]);
  assert.deepEqual(complete(["show", "na"], { REDPAK_ROOT: scratch.path }), ["nav"]);
});

asEach("running nodes are completed by alias and by id", async (user, scratch) => {
  const node = usualNode(scratch, "");
  await using running = await Running.start(user, node);
  const alias = node.slice(node.lastIndexOf("/") + 1);
  const found = by(user, "complete", "--", "stop", alias);
  assert.deepEqual(found.stdout, `${alias}\t${node} is running\n${running.id}\t${node} is running\n`, found.stderr);
  assert.deepEqual(by(user, "complete", "--", "run", alias).stdout, "", "run starts one");
});

Deno.test("names that a shell would act on are not offered", () => {
  using scratch = new Scratch();
  for (const name of ["a$(id)", "a;b", "a b", "a\nb", "a\x1b[31m", "a'", "good"]) {
    Deno.mkdirSync(`${scratch.path}/${name}`);
  }
  assert.deepEqual(complete(["tree", `${scratch.path}/`]), [`${scratch.path}/good/`]);
});

Deno.test("nothing is said where nothing can be found, and no error", () => {
  for (const words of [["run", "/no/such/"], ["--root", "/no/such", "run", "x"], ["nonsense", "x"]]) {
    assert.deepEqual(complete(words), []);
  }
});

for (const shell of ["zsh", "fish"]) {
  Deno.test({
    name: `${shell} reads its script without complaint`,
    ignore: !exists(`/usr/bin/${shell}`),
    fn: () => {
      using scratch = new Scratch();
      const file = scratch.file("script", redpak(["completions", shell]).stdout);
      assert.deepEqual(exec(shell, ["-n", file]), { code: 0, signal: null, stdout: "", stderr: "" });
    },
  });
}

Deno.test("a shell that is not known is refused, with what was meant", () => {
  const { code, stderr } = redpak(["completions", "bahs"]);
  assert.equal(code, 2);
  assert.match(stderr, /did you mean bash\?/);
});
