import assert from "node:assert/strict";
import { exists, PATH, REDPAK, redpak, Scratch, SYSTEM } from "./_node.ts";

/** A node whose configuration would leave traces if any of its commands ran or any of its sources were made. */
function tempting(scratch: Scratch): string {
  const p = scratch.path;
  return scratch.node(
    "n",
    SYSTEM + `  - { mode: Public, mount: /data, path: ${p}/made }
  - { mode: Execfd, mount: /etc/x, path: touch ${p}/export }
environ:
  - { key: A, mode: Execfd, value: touch ${p}/environ }
  - { key: B, value: "$(touch ${p}/substitution)" }
` + PATH,
  );
}

for (const args of [["plan"], ["run", "--dry-run"]]) {
  Deno.test(`${args.join(" ")} runs no command of the configuration and creates nothing`, () => {
    using scratch = new Scratch();
    const node = tempting(scratch);
    const [verb, ...flags] = args;
    const result = redpak([verb ?? "", node, ...flags, "--", "true"]);
    assert.equal(result.code, 0, result.stderr);
    for (const name of ["made", "export", "environ", "substitution"]) assert(!exists(`${scratch.path}/${name}`), name);
    assert.match(result.stdout, /touch .*substitution/);
  });
}

Deno.test("the same node gives the same plan, byte for byte", () => {
  using scratch = new Scratch();
  const node = tempting(scratch);
  const plan = () => redpak(["plan", node, "--format", "json", "--", "true"]).stdout;
  assert.equal(plan(), plan());
});

for (
  const [name, args] of [
    ["tree", ["tree"]],
    ["show", ["show", "--merged"]],
    ["check", ["check"]],
    ["plan", ["plan"]],
  ] as const
) {
  Deno.test(`${name} makes no system call that changes a file`, () => {
    using scratch = new Scratch();
    const node = tempting(scratch);
    const trace = `${scratch.path}/trace`;
    const [verb, ...flags] = args;
    const output = new Deno.Command("strace", {
      args: [
        "-f",
        "-o",
        trace,
        "-e",
        "trace=openat,open,creat,mkdir,mkdirat,rename,renameat2,unlink,symlinkat,mount,execve",
      ]
        .concat([REDPAK, verb, node, ...flags]),
    }).outputSync();
    assert.equal(output.code, 0, new TextDecoder().decode(output.stderr));
    const calls = Deno.readTextFileSync(trace).split("\n").filter((line) => / = \d+/.test(line));
    const changes = calls.filter((line) => /O_WRONLY|O_RDWR|O_CREAT|mkdir|rename|unlink|symlink|mount\(/.test(line))
      .filter((line) => !/"\/dev\/(null|tty|urandom)"/.test(line));
    assert.deepEqual(changes, []);
    assert.equal(calls.filter((line) => line.includes("execve(")).length, 1, "nothing else is executed");
  });
}
