import assert from "node:assert/strict";
import { PATH, redpak, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { redwrap } from "./_programs.ts";

/** A program's arguments that bubblewrap and redpak would take for options of their own. */
const WORDS = [
  ["--bind", "/", "/x", "sh", "-c", "echo escaped"],
  ["--cap-add", "ALL", "sh", "-c", "echo escaped"],
  ["--share-net", "sh", "-c", "echo escaped"],
  ["--admin", "sh", "-c", "echo escaped"],
  ["--", "sh", "-c", "echo escaped"],
];

/** The ways to start a program in a node. */
const WAYS: Readonly<Record<string, (node: string, words: readonly string[]) => Result>> = {
  "redwrap -r NODE --": (node, words) => redwrap(["-r", node, "--", ...words]),
  "redwrap --redpath=NODE --": (node, words) => redwrap([`--redpath=${node}`, "--", ...words]),
  "redpak run NODE --": (node, words) => redpak(["run", node, "--", ...words]),
};

for (const [name, way] of Object.entries(WAYS)) {
  rootTest(`${name}: what looks like an option is the program, which does not exist`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", SYSTEM + PATH);
    for (const words of WORDS) {
      const { code, stdout, stderr } = way(node, words);
      assert.deepEqual([code, stdout], [127, ""], words.join(" "));
      assert.match(stderr, new RegExp(`^redpak: Cannot execute "${words[0]}": `));
    }
  });

  rootTest(`${name}: what looks like an option behind a program is the program's`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", SYSTEM + PATH);
    const script = 'echo "$@"; ls -d /x /host 2>/dev/null; grep ^CapEff /proc/self/status';
    const words = ["--bind", "/", "/x", "--cap-add", "ALL", "--", "--admin", "-r", "/"];
    const { stdout } = way(node, ["sh", "-c", script, "sh", ...words]);
    assert.equal(stdout, `${words.join(" ")}\nCapEff:\t0000000000000000\n`);
  });
}

Deno.test("redpak run NODE --bind is a mistake in the call, not a launch", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const { code, stdout, stderr } = redpak(["run", node, "--bind", "/", "/x", "sh"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /--bind/);
});

Deno.test("in what --dump-only prints, the program's words stand behind all options", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const { code, stdout } = redwrap(["-D", "-r", node, "--", "--bind", "/", "/x", "sh"]);
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.at(-1), "  --bind / /x sh");
  assert.equal(lines.at(-2), "  --setenv PATH /usr/bin:/bin");
});

rootTest("the bubblewrap script runs the program that looks like an option, too", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const { code, stdout } = redpak(["plan", node, "--format", "bwrap", "--", "--bind", "/", "/x", "sh"]);
  assert.equal(code, 0);
  assert.match(stdout, / \\\n {2}-- --bind \/ \/x sh\n$/);
});
