/**
 * Directories that change into links, and back, while a node is launched.
 *
 * `RACE_LAUNCHES` says how often each is tried: 10,000 tell more than the default does.
 */
import assert from "node:assert/strict";
import { compile } from "../system/_compile.ts";
import { exec, PATH, redpak, Scratch, SYSTEM } from "../system/_node.ts";
import { CALLERS } from "./_scene.ts";

const LAUNCHES = Number(Deno.env.get("RACE_LAUNCHES") ?? 40);

/** Exchanges `entry` and `other` of a directory as fast as it can. */
async function swapping(directory: string): Promise<Disposable> {
  const process = new Deno.Command(await compile("swap.c"), { args: [directory] }).spawn();
  return { [Symbol.dispose]: () => process.kill("SIGKILL") };
}

/** Launches again and again; what happens may be success or refusal, and nothing else. */
function launch(node: string, uid: number, ...program: string[]): string {
  let output = "";
  let refused = 0;
  for (let count = 0; count < LAUNCHES; count++) {
    const { code, stdout, stderr } = redpak(["run", node, "--", ...program], { cwd: "/", uid });
    assert([0, 125].includes(code), `${code}: ${stderr}`);
    refused += code === 125 ? 1 : 0;
    output += stdout;
  }
  if (Deno.env.has("RACE_LAUNCHES")) console.log(`${LAUNCHES} launches, ${refused} refused`);
  return output;
}

for (const [caller, uid] of Object.entries(CALLERS)) {
  /** A directory of the caller's with a directory `entry`, and a link `other` to what is the host's. */
  const scene = (scratch: Scratch) => {
    const [data, victim] = [`${scratch.path}/data`, `${scratch.path}/victim`];
    Deno.mkdirSync(victim);
    Deno.mkdirSync(`${data}/entry`, { recursive: true });
    Deno.symlinkSync(victim, `${data}/other`);
    exec("chown", ["-Rh", `${uid}:${uid}`, data, victim]);
    return { data, victim };
  };

  Deno.test(`A02 a destination is exchanged for a link during launches [CVE-2021-30465], launched by ${caller}`, async () => {
    using scratch = new Scratch();
    const { data, victim } = scene(scratch);
    const exports = `  - { mode: Public, mount: /a, path: ${data} }\n  - { mode: Tmpfs, mount: /a/entry/x/y }\n`;
    const node = scratch.node("n", SYSTEM + exports + PATH);
    using _ = await swapping(data);
    launch(node, uid, "true");
    assert.deepEqual([...Deno.readDirSync(victim)], []);
  });

  Deno.test(`A28 a source in the node's directory is exchanged for a link during launches, launched by ${caller}`, async () => {
    using scratch = new Scratch();
    const { victim } = scene(scratch);
    const node = scratch.node("n", SYSTEM + "  - { mode: Private, mount: /a, path: $NODE_PATH/data/entry/z }\n" + PATH);
    Deno.mkdirSync(`${node}/data/entry/z`, { recursive: true });
    Deno.mkdirSync(`${victim}/z`);
    Deno.writeTextFileSync(`${victim}/z/secret`, "");
    Deno.symlinkSync(victim, `${node}/data/other`);
    exec("chown", ["-Rh", `${uid}:${uid}`, `${node}/data`]);
    using _ = await swapping(`${node}/data`);
    assert.equal(launch(node, uid, "ls", "/a"), "");
    assert.deepEqual([...Deno.readDirSync(victim)].map(({ name }) => name), ["z"]);
  });
}
