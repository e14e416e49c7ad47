/**
 * `_change_loop.ts NODE BEFORE ONE TWO [careless]`: changes a package from the version that is there to one of two others and
 * between these, for as long as it can, and says what is certain: `try VERSION` before, `done VERSION` when it has been acknowledged; with its time, in milliseconds. With
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
  const [node = "", before = "", one = "", two = "", careless] = Deno.args;
  const versions: readonly Built[] = [before, one, two].map((text) => JSON.parse(text));
  for (;;) {
    const [current] = packages(node);
    const former = versions.find(({ name, evr }) => `${name}-${evr}.noarch` === current)!;
    const next = versions.slice(1).find((version) => version !== former)!;
    say(`try ${next.evr}`);
    await withNode(node, async (content) => {
      await applyTransaction(content, {
        steps: [step(versions.indexOf(next) > versions.indexOf(former) ? "upgrade" : "downgrade", next, [former])],
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
