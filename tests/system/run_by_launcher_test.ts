/** `redpak run` of nodes that have been sealed: it starts them by their launchers, where that makes no difference. */
import assert from "node:assert/strict";
import type { Operation } from "../../src/plan/operation.ts";
import { exec, isRoot, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { alter, launcherOf, mark, sealMarked, starter, WHO } from "./_launcher.ts";
import { fill, NODES, normalize, SHOW } from "./_surroundings.ts";

const USER = 61_234;
const NODE = SYSTEM + PATH;

function linesOf({ stdout }: { readonly stdout: string }): string[] {
  return normalize(stdout).split("\n").filter((line) => line !== "");
}

for (const [name, config] of Object.entries(NODES)) {
  rootTest(`a run by the launcher and one by the configuration make the same of ${name}`, () => {
    using scratch = new Scratch();
    fill(scratch);
    // A command of the configuration is for the launch, and a launcher has its output of long ago.
    const node = scratch.node("n", config(scratch.path).replace(/^.*Execfd.*\n/m, ""));
    const options = { cwd: "/", env: { A: "b" } };
    const run = () => redpak(["run", node, "--", "sh", "-c", SHOW], options);
    const unsealed = run();
    sealMarked(node, ["--", "true"], options);
    assert.match(starter(node, [], options), /^by-launcher$/);
    assert.equal(redpak(["seal", node, "--", "true"], options).code, 0);
    const sealed = run();
    assert.deepEqual([sealed.code, sealed.stderr], [0, ""]);
    assert.deepEqual(linesOf(sealed), linesOf(unsealed));
    assert.ok(sealed.stdout.split("\n").length > 60);
  });
}

for (const uid of isRoot ? [0, USER] : [Deno.uid() ?? 0]) {
  Deno.test(`a launcher starts each program that ${uid === 0 ? "root" : "an ordinary user"} names`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", NODE);
    exec("chown", ["-R", `${uid}:${uid}`, scratch.path]);
    assert.equal(redpak(["seal", node, "--", "sleep", "60"], { uid }).code, 0);
    assert.deepEqual(
      redpak(["run", node, "--", "sh", "-c", 'printf "%s." "$@"; exit 7', "sh", "a b", "", "c"], { uid }),
      {
        ...{ code: 7, signal: null, stdout: "a b..c.", stderr: "" },
      },
    );
    // The node's shell, which reads the command from its input.
    assert.equal(exec("sh", ["-c", `echo "echo read" | ${REDPAK} run ${node}`], { uid }).stdout, "read\n");
  });
}

/** What keeps `run` from starting a node by its launcher, after that has been sealed. */
const NOT_USED: Readonly<Record<string, (node: string, scratch: Scratch) => readonly string[] | void>> = {
  "the configuration has changed": (node) => Deno.utimeSync(`${node}/etc/redpak.yaml`, 1, 1),
  "a directory above has become a node": (_, scratch) => {
    Deno.writeTextFileSync(
      `${scratch.path}/.rednode.yaml`,
      `realpath: ${scratch.path}\ntimestamp: 1700000000000\nstate: Enable\n`,
    );
    scratch.file("etc/redpak.yaml", `headers: { alias: top, name: top }\n${NODE}`);
  },
  "others can write it": (node) => Deno.chmodSync(launcherOf(node), 0o757),
  "others can replace it": (node) => Deno.chmodSync(`${node}/.redpak`, 0o777),
  "it is damaged": (node) => {
    const bytes = Deno.readFileSync(launcherOf(node));
    bytes[bytes.length - 100]! ^= 1;
    Deno.writeFileSync(launcherOf(node), bytes);
  },
  "it is no launcher": (node) => Deno.copyFileSync("/bin/true", launcherOf(node)),
  "it is a directory": (node) => {
    Deno.removeSync(launcherOf(node));
    Deno.mkdirSync(launcherOf(node));
  },
  "it is another node's": (node, scratch) => {
    const other = scratch.node("other", NODE);
    sealMarked(other);
    Deno.copyFileSync(launcherOf(other), launcherOf(node));
  },
  "it is for another group": (node) => seal(node, (sealed) => ({ ...sealed, gid: sealed.gid + 1 })),
  "it is for another user": (node) => seal(node, (sealed) => ({ ...sealed, uid: sealed.uid + 1 })),
  "it takes a newer kernel": (node) => seal(node, (sealed) => ({ ...sealed, kernel: 99 * 0x1_0000 })),
  "it looks at nothing": (node) => sealMarked(node, ["--certified"]),
  "it is for another machine": (node) => {
    const other = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
    alter(node, (operation) => operation, other);
  },
  "it was sealed for administration": (node) => sealMarked(node, ["--admin"]),
  "it detaches": (node) => sealMarked(node, ["--detach"]),
  "an option asks for something else": () => ["--no-exec"],
};

function seal(node: string, change: (sealed: Operation<"sealed">) => Operation): void {
  alter(node, (operation) => operation.operation === "sealed" ? change(operation) : operation);
}

for (const [what, change] of Object.entries(NOT_USED)) {
  Deno.test(`a node is started by its configuration where ${what}`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", NODE);
    sealMarked(node);
    assert.equal(starter(node), "by-launcher");
    const flags = change(node, scratch) ?? [];
    assert.equal(starter(node, flags), "by-configuration");
  });
}

rootTest("a node is started by its configuration where the launcher is another user's", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", NODE);
  sealMarked(node);
  Deno.chownSync(launcherOf(node), USER, USER);
  assert.equal(starter(node), "by-configuration");
});

rootTest("a node is started by its configuration where it has a device, whose number may be another by now", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${NODE}  devices: [{ path: /dev/loop-control, access: r }]\n`);
  sealMarked(node);
  assert.equal(starter(node), "by-configuration");
});

Deno.test("a launcher is for the variables that decided about it, and has nothing of those that are only inherited", () => {
  using scratch = new Scratch();
  const node = scratch.node(
    "n",
    `${SYSTEM}environ:
  - { mode: Default, key: DERIVED, value: "of $USER" }
  - { mode: Inherit, key: SECRET }
${PATH}`,
  );
  const env = { USER: "me", SECRET: "x7gq2", OTHER: "a" };
  sealMarked(node, [], { env });
  assert.equal(new TextDecoder("latin1").decode(Deno.readFileSync(launcherOf(node))).includes(env.SECRET), false);
  assert.match(redpak(["explain", launcherOf(node)]).stdout, /^run {7}redpak run NODE uses it\nwhere {5}USER=me$/m);
  assert.equal(starter(node, [], { env: { ...env, SECRET: "another", OTHER: "b" } }), "by-launcher");
  const { stdout } = redpak(["run", node, "--", "sh", "-c", "echo $SECRET"], { env: { ...env, SECRET: "another" } });
  assert.equal(stdout, "another\n");
  assert.equal(starter(node, [], { env: { ...env, USER: "you" } }), "by-configuration");
  assert.equal(starter(node, [], { env: { SECRET: env.SECRET } }), "by-configuration");
});

Deno.test("a run that has something to warn of is one by the configuration", () => {
  using scratch = new Scratch();
  const twice = "environ:\n  - { key: A, value: a }\n  - { key: A, value: a }\n";
  const node = scratch.node("n", SYSTEM + twice + PATH);
  const { code, stderr } = redpak(["seal", node]);
  assert.equal(code, 0);
  assert.match(stderr, /^redpak: warning: /);
  mark(node);
  assert.deepEqual(redpak(["run", node, ...WHO]), { code: 0, signal: null, stdout: "by-configuration\n", stderr });
});

Deno.test("a launcher that has the output of commands is only for who starts it itself", () => {
  using scratch = new Scratch();
  const node = scratch.node(
    "n",
    `${SYSTEM}environ:\n  - { mode: Execfd, key: OUT, value: "echo out" }\n${PATH}`,
  );
  sealMarked(node, ["--evaluate"]);
  assert.equal(starter(node), "by-configuration");
  assert.equal(exec(launcherOf(node), ["-c", "echo $STARTED"]).stdout, "by-launcher\n");
});

Deno.test("a terminal is the node's console, by the launcher as well", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", NODE);
  const look = () =>
    exec("script", [
      "-qec",
      `${REDPAK} run ${node} -- sh -c 'tty; ls -l /dev/console; echo \${STARTED-by-configuration}'`,
      "/dev/null",
    ]).stdout;
  const unsealed = look();
  assert.match(unsealed, /\/dev\/console/);
  sealMarked(node);
  const shape = (text: string) => text.replace(/pts\/\d+/g, "pts/N").replace(/\d+, +\d+ .* \//g, "/");
  assert.equal(shape(look()), shape(unsealed).replace("by-configuration", "by-launcher"));
});

Deno.test("a disabled node is not sealed, and none of its launchers starts it", () => {
  using scratch = new Scratch();
  scratch.node("p", NODE);
  const node = scratch.node("p/n", NODE);
  const renewing = `${scratch.path}/renewing`;
  assert.equal(redpak(["seal", node, "--renew", "--output", renewing, "--", "true"]).code, 0);
  assert.equal(redpak(["disable", node]).code, 0);
  for (const words of [["seal", node], ["run", node, "--", "true"]]) {
    const { code, stderr } = redpak(words);
    assert.deepEqual([code, /Cannot run .*: it is disabled/.test(stderr)], [3, true], stderr);
  }
  const renewed = exec(renewing, []);
  assert.match(renewed.stderr, /Cannot run .*: it is disabled/);
  assert.notEqual(renewed.code, 0);
  const all = redpak(["seal", "--all", scratch.path]);
  assert.deepEqual([all.code, all.stdout.trim().split("\n").length], [0, 1]);
  assert.match(all.stderr, /"\/.*\/p\/n" is not sealed: it is disabled\n {2}.*\.rednode\.yaml[^]*hint: redpak enable/);
});
