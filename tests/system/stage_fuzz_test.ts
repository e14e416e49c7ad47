/**
 * The stage reads plans that somebody has damaged, as a plain program under sanitizers: tests/fuzz/stage_fuzz.c.
 *
 * REDPAK_FUZZ=10000 damages each so often. REDPAK_FUZZ_SEEDS=DIR keeps the undamaged there, for LLVM's libFuzzer, which
 * `make -C tests/fuzz fuzz` makes a program of.
 */
import assert from "node:assert/strict";
import { detachPlan } from "../../src/plan/attach_plan.ts";
import { exec, PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

const DAMAGES = Number(Deno.env.get("REDPAK_FUZZ") ?? 500);
const FUZZ = new URL("../fuzz", import.meta.url).pathname;

/** All kinds of operations that a launch has are in one of them. */
const NODES: Readonly<Record<string, string>> = {
  plain: SYSTEM + PATH,
  much: SYSTEM + `  - { mode: Mqueue, mount: /dev/mqueue }
  - { mode: Symlink, mount: /link, path: usr/bin }
  - { mode: Lock, mount: /tmp/lock }
  - { mode: Anonymous, mount: /var }
config:
  path: /usr/bin:/bin
  hostname: box
  share_net: disabled
  share_time: disabled
  seccomp: none
  set-user: 1000
  set-group: 1000
  network: { bind: [80], connect: [443] }
  rlimits: { nofile: 100 }
`,
};

/** Answers that are all success, and a plan. */
function seed(plan: Uint8Array): Uint8Array {
  return new Uint8Array([0, 0, ...plan]);
}

function seeds(scratch: Scratch): Uint8Array[] {
  const nodes = Object.entries(NODES).map(([name, config]) => scratch.node(name, config));
  for (const template of ["root", "leaf", "full"]) {
    const node = `${scratch.path}/${template}`;
    const { code, stderr } = redpak(["create", node, "--template", template]);
    assert.equal(code, 0, stderr);
    nodes.push(node);
  }
  return nodes.map((node) => {
    const launcher = `${scratch.path}/launcher`;
    const { code, stderr } = redpak(["seal", node, "--certified", "--evaluate", "-o", launcher, "--", "true"]);
    assert.equal(code, 0, stderr);
    return seed(detachPlan(Deno.readFileSync(launcher))!);
  });
}

rootTest("whatever a plan holds and the kernel answers, the stage stays within its memory", () => {
  using scratch = new Scratch();
  const [build, directory] = [`${scratch.path}/build`, Deno.env.get("REDPAK_FUZZ_SEEDS") ?? `${scratch.path}/seeds`];
  const made = exec("make", ["--silent", "-C", FUZZ, `BUILD=${build}`]);
  assert.equal(made.code, 0, made.stderr);
  Deno.mkdirSync(directory, { recursive: true });
  const files = seeds(scratch).map((bytes, index) => {
    Deno.writeFileSync(`${directory}/${index}`, bytes);
    return `${directory}/${index}`;
  });
  const kept = [...Deno.readDirSync(`${FUZZ}/corpus`)].map(({ name }) => `${FUZZ}/corpus/${name}`).toSorted();
  const run = (damages: number, files: readonly string[]) => exec(`${build}/stage_fuzz`, [String(damages), ...files]);

  const undamaged = run(0, files);
  assert.equal(undamaged.stdout, `5 inputs, 5 of the undamaged come to their program\n`, undamaged.stderr);
  // What libFuzzer has found is damaged already.
  const found = run(0, kept);
  assert.equal(found.code, 0, found.stderr);
  assert.match(found.stdout, new RegExp(`^${kept.length} inputs`));
  const { code, stdout, stderr } = run(DAMAGES, files);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^${files.length * (DAMAGES + 1)} inputs`));
});
