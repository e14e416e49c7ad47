import assert from "node:assert/strict";
import { Scratch } from "../store/_scratch.ts";
import { startFileCheck } from "./file_check_worker.ts";
import type { CheckedFiles } from "./file_checker.ts";

/** A thread that does what a test says: it has taken nodes, and answers or does not. */
class SlowWorker {
  static last: SlowWorker;
  readonly messages: unknown[] = [];
  onmessage: (event: { readonly data: unknown }) => void = () => {};

  constructor() {
    SlowWorker.last = this;
  }

  postMessage(message: unknown): void {
    this.messages.push(message);
  }

  take(index: number): void {
    const { taken } = this.messages[0] as { readonly taken: SharedArrayBuffer };
    new Uint8Array(taken)[index] = 1;
  }

  terminate(): void {}
}

const NODES = ["/nodes/a", "/nodes/a/b", "/nodes/c"];

Deno.test("who has nothing else to do looks at the last nodes that nobody has taken, and at no other", async () => {
  using scratch = new Scratch();
  for (const node of NODES) scratch.file(`${node.slice(1)}/file`, "text");
  const original = Worker;
  globalThis.Worker = SlowWorker as unknown as typeof Worker;
  try {
    using files = startFileCheck()({ root: scratch.path, nodes: NODES });
    const answered = new Map<string, CheckedFiles>();
    const answers = NODES.map(async (node) => {
      answered.set(node, await files.check({ node, installed: undefined, ancestors: [], link: undefined }));
    });
    const worker = SlowWorker.last;
    worker.take(0);
    files.help();
    await Promise.all(answers.slice(1));
    assert.deepEqual([...answered].map(([node, { count }]) => [node, count]), [["/nodes/c", 1], ["/nodes/a/b", 1]]);
    worker.onmessage({ data: { index: 0, found: { links: [], files: [], count: 7 }, failure: undefined } });
    await answers[0];
    assert.equal(answered.get("/nodes/a")?.count, 7);
  } finally {
    globalThis.Worker = original;
  }
});
