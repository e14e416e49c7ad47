/**
 * Power cuts while a node's content is switched: the file system of a loop device is shut down without flushing its log,
 * at a random moment, and mounted again. What was acknowledged is there, and whatever is there is whole.
 */
import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { openLockedContent } from "../../src/packages/generation/node_content.ts";
import { recover } from "../../src/packages/generation/recover.ts";
import { lockNode } from "../../src/store/lock_node.ts";
import { Disk, FILE_SYSTEMS, type FileSystem, run } from "./_disk.ts";

/** REDPAK_POWER_CUTS=500 for more of them. */
const CUTS = Number(Deno.env.get("REDPAK_POWER_CUTS") ?? 12);
const FILES = ["usr/bin/one", "usr/lib/two", "usr/share/three", "etc/four", "opt/tool/five"];
const LOOP = new URL("_transact_loop.ts", import.meta.url).pathname;

interface Result {
  readonly acknowledged: number;
  /** What was acknowledged before the cut, and is not there. */
  readonly lost: number;
  /** Parts of different transactions, or of none. */
  readonly torn: number;
}

async function cutPower(system: FileSystem, cuts: number, careless: boolean): Promise<Result> {
  using disk = new Disk(system);
  const node = `${disk.mount}/node`;
  for (const file of FILES) write(`${node}/${file}`, "0\n".repeat(500));
  write(`${node}/.rednode.yaml`, "");
  run("sync");

  const total = { acknowledged: 0, lost: 0, torn: 0 };
  for (let cut = 0; cut < cuts; cut++) {
    // Another thousand for each, so that no number means two contents.
    const first = 1 + cut * 1000;
    const child = new Deno.Command("deno", {
      args: [
        "run",
        "--quiet",
        "--allow-all",
        LOOP,
        node,
        String(first),
        FILES.join(","),
        ...careless ? ["careless"] : [],
      ],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = new Response(child.stdout).text();
    const before = readContent(node);
    await new Promise((resolve) => setTimeout(resolve, 600 + Math.random() * 700));
    const now = await disk.cut();
    child.kill("SIGKILL");
    await child.status;
    await disk.restart();

    // An fsync that is in flight while the file system is shut down may come back as if it had worked.
    const lines = (await output).split("\n").map((line) => line.split(" ")).filter(([time]) => Number(time) < now);
    total.acknowledged += lines.filter(([, word]) => word === "done" || word === "undone").length;
    await recoverNode(node);
    const found = readContent(node);
    if (found === undefined) total.torn++;
    else if (!allowed(lines, before ?? -1).includes(found)) total.lost++;
    if (found === undefined || careless) { for (const file of FILES) write(`${node}/${file}`, "0\n".repeat(500)); }
  }
  return total;
}

/** The contents that a node may have: that of the last acknowledgement, or of what was being done after it. */
function allowed(lines: readonly (readonly string[])[], before: number): number[] {
  let current = before;
  let next: number[] = [];
  let previous = before;
  for (const [, word, text] of lines) {
    const number = Number(text);
    if (word === "try") next = [number];
    else if (word === "done") {
      previous = current;
      current = number;
      // What may be under way now: its undo, every third time.
      next = number % 3 === 0 ? [previous] : [number + 1];
    } else if (word === "undone") {
      current = previous;
      next = [number + 1];
    }
  }
  return [current, ...next];
}

async function recoverNode(node: string): Promise<void> {
  using lock = lockNode(node);
  using content = openLockedContent(libc(), node, lock);
  await recover(content);
}

/** The number that all files have; `undefined` where they differ, or are not whole. */
function readContent(node: string): number | undefined {
  const contents = FILES.map((file) => {
    try {
      return Deno.readTextFileSync(`${node}/${file}`);
    } catch {
      return "";
    }
  });
  const number = parseInt(contents[0] ?? "");
  return contents.every((content) => content === `${number}\n`.repeat(500)) ? number : undefined;
}

function write(path: string, content: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, content);
}

for (const system of FILE_SYSTEMS) {
  const { type, missing } = system;
  if (missing !== undefined) console.log(`skipped: power cuts on ${type}: ${missing}`);

  Deno.test({
    name: `no power cut on ${type} loses a transaction that was acknowledged, or leaves half of one`,
    ignore: missing !== undefined,
    async fn() {
      const { acknowledged, lost, torn } = await cutPower(system, CUTS, false);
      console.log(`${type}: ${CUTS} power cuts, ${acknowledged} acknowledged, ${lost} lost, ${torn} torn`);
      assert.deepEqual([lost, torn], [0, 0]);
      assert.ok(acknowledged > CUTS, "hardly anything was done");
    },
  });
}

Deno.test({
  name: "the test sees what is lost where nothing is flushed",
  ignore: FILE_SYSTEMS[0]!.missing !== undefined,
  async fn() {
    const { lost, torn } = await cutPower(FILE_SYSTEMS[0]!, 4, true).catch(() => ({ lost: 1, torn: 0 }));
    assert.ok(lost + torn > 0);
  },
});
