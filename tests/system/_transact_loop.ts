/**
 * Does transactions and undoes in a node, one after the other, for as long as it can, and says what is certain: run by
 * power_cut_test.ts. `try N` before a transaction, `done N` when it has been acknowledged; `undone N` likewise.
 */
import { libc } from "../../ffi/libc/libc.ts";
import { intercept } from "../../ffi/libc/system_calls.ts";
import { commit } from "../../src/packages/generation/commit.ts";
import { openLockedContent, withState } from "../../src/packages/generation/node_content.ts";
import { prepare } from "../../src/packages/generation/prepare.ts";
import { undo } from "../../src/packages/generation/undo.ts";
import { lockNode } from "../../src/store/lock_node.ts";
import { collect } from "../../src/packages/generation/collect.ts";

/** With `careless`, nothing is flushed: what shows that the test can fail. */
const [node = "", first = "", files = "", careless] = Deno.args;
const kernel = careless === "careless"
  ? intercept(libc(), (name, _, proceed) => name === "fsync" || name === "syncfs" ? 0 : proceed())
  : libc();

const say = (text: string) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${performance.now() + performance.timeOrigin} ${text}\n`));

for (let number = Number(first);; number++) {
  using lock = lockNode(node);
  using opened = openLockedContent(kernel, node, lock);
  using content = withState(opened);
  say(`try ${number}`);
  {
    using staging = prepare(content, { paths: files.split(",").map((file) => `/${file}`), isWritten: () => false });
    for (const file of files.split(",")) {
      const temporary = `${staging.root}/new`;
      Deno.writeTextFileSync(temporary, `${number}\n`.repeat(500));
      Deno.renameSync(temporary, `${staging.root}/${file}`);
    }
    await commit(staging, { command: [], packages: [], time: 0 });
  }
  say(`done ${number}`);
  if (number % 3 === 0) {
    await undo(content);
    say(`undone ${number}`);
  }
  await collect(content);
}
