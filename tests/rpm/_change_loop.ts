/**
 * `_change_loop.ts NODE ONE TWO [careless]`: changes a package between two versions, for as long as it can, and says what is
 * certain: `try VERSION` before, `done VERSION` when it has been acknowledged; with its time, in milliseconds. With
 * `careless`, nothing is flushed.
 */
import { libc } from "../../ffi/libc/libc.ts";
import { kernel, withNode } from "../../src/packages/generation/_scene.ts";
import { collect } from "../../src/packages/generation/collect.ts";
import { recover } from "../../src/packages/generation/recover.ts";
import { applyTransaction } from "../../src/packages/transaction/apply.ts";
import { type Built, HOST, packages, step } from "./_transaction.ts";

const say = (text: string) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${performance.now() + performance.timeOrigin} ${text}\n`));

if (import.meta.main) {
  const [node = "", one = "", two = "", careless] = Deno.args;
  const versions: readonly Built[] = [JSON.parse(one), JSON.parse(two)];
  for (;;) {
    const [current] = packages(node);
    const next = versions.find(({ name, evr }) => `${name}-${evr}.noarch` !== current)!;
    const former = versions.find((version) => version !== next)!;
    say(`try ${next.evr}`);
    await withNode(node, async (content) => {
      await applyTransaction(content, {
        steps: [step(next === versions[1] ? "upgrade" : "downgrade", next, [former])],
        command: [],
        time: Date.now(),
        ancestors: [],
        descendants: [],
        allowed: [],
        noScripts: false,
      }, HOST);
      say(`done ${next.evr}`);
      await collect(content);
    }, careless === "careless" ? kernel : libc());
    await withNode(node, recover);
  }
}
