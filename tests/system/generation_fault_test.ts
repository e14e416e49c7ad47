/** A transaction that is stopped, or fails, at every single system call: the node is wholly as before or wholly as after. */
import assert from "node:assert/strict";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { intercept, type Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../src/core/error.ts";
import { COMMIT_FILE } from "../../src/store/node_files.ts";
import { commit } from "../../src/packages/generation/commit.ts";
import type { TransactionContent } from "../../src/packages/generation/node_content.ts";
import { prepare } from "../../src/packages/generation/prepare.ts";
import { recover } from "../../src/packages/generation/recover.ts";
import { redo, undo } from "../../src/packages/generation/undo.ts";
import { type Fault, faulty, isFallible, Killed } from "../../src/packages/generation/_faults.ts";
import { exists } from "./_node.ts";
import { describeTree, kernel, put, Scene, withNode } from "../../src/packages/generation/_scene.ts";

const FILES = {
  "usr/bin/tool": "tool 1",
  "usr/lib/sysimage/rpm/db": "database 1",
  "usr/lib/lib.so": "-> lib.so.1",
  "etc/tool.conf": "default 1",
  "etc/old.conf": "default",
  "etc/turns": "a file",
  "var/lib/old/file": "",
  "var/lib/rpm/db": "database 0",
  "var/lib/tool/state": "precious",
};
const PATHS = ["/etc/tool.conf", "/etc/old.conf", "/etc/turns", "/var/lib/old/file", "/var/lib/rpm", "/var/lib/tool"];

/** Every kind of operation: files and directories that come, go, change and become each other. */
function change(root: string): void {
  put(`${root}/usr/bin/tool`, "tool 2");
  Deno.writeTextFileSync(`${root}/usr/lib/sysimage/rpm/db`, "database 2");
  put(`${root}/etc/tool.conf`, "default 2");
  put(`${root}/etc/tool.conf.d/a`, "-> ../tool.conf");
  Deno.removeSync(`${root}/etc/old.conf`);
  Deno.removeSync(`${root}/etc/turns`);
  put(`${root}/etc/turns/file`, "in a directory");
  Deno.removeSync(`${root}/var/lib/old`, { recursive: true });
  put(`${root}/var/lib/rpm`, "-> ../../usr/lib/sysimage/rpm");
  Deno.chmodSync(`${root}/var/lib/tool`, 0o700);
}

async function transact(content: TransactionContent, step = change): Promise<void> {
  using staging = prepare(content, {
    paths: PATHS,
    replaced: ["var/lib/rpm"],
    isWritten: (path) => path.startsWith("usr/lib/sysimage") || !path.startsWith("usr"),
  });
  step(staging.root);
  await commit(staging, { command: [], packages: [], time: 0 });
}

/** With REDPAK_FAULTS=all each of them at every call, otherwise one after the other. */
const KINDS = ["ENOSPC", "EIO", "EROFS", "EDQUOT", "EMFILE"];
const ERRNOS = Deno.env.get("REDPAK_FAULTS") === "all" ? KINDS.map((errno) => [errno]) : [KINDS];

/** In memory, where there is room: nothing here depends on a disk. */
const DIRECTORY = exists("/dev/shm") ? "/dev/shm" : undefined;

interface Scenario {
  readonly name: string;
  readonly begin: (path: string) => Promise<void>;
  readonly step: (content: TransactionContent) => Promise<unknown>;
}

const nothing = () => Promise.resolve();
const done = (path: string) => withNode(path, (content) => transact(content));
const undone = async (path: string) =>
  void await withNode(path, async (content) => (await transact(content), await undo(content)));

const SCENARIOS: readonly Scenario[] = [
  { name: "transaction", begin: nothing, step: (content) => transact(content) },
  { name: "undo", begin: done, step: undo },
  { name: "redo", begin: undone, step: redo },
];

/** What a scenario leads from, and to, without a fault. */
async function run({ begin, step }: Scenario): Promise<{ before: string; after: string }> {
  using scene = new Scene(DIRECTORY);
  const path = scene.node("n", FILES);
  await begin(path);
  const before = describe(path);
  await withNode(path, step);
  return { before, after: describe(path) };
}

/** Without what is another one in every transaction: its id, and the times of files that it writes. */
function describe(path: string): string {
  return describeTree(path).join("\n").replace(/\d+\.\d+ (?=.)/g, "").replace(/"\d+-[\da-f]{16}\\n"/g, "id");
}

/** What becomes of a scenario that a fault hits. */
async function strike(scenario: Scenario, fault: Fault, usual: Kernel = kernel) {
  using scene = new Scene(DIRECTORY);
  const path = scene.node("n", FILES);
  await scenario.begin(path);
  const { kernel: wrong, hit } = faulty(usual, fault);
  let error: unknown;
  try {
    await withNode(path, scenario.step, wrong);
  } catch (thrown) {
    error = thrown;
  }
  const isLeft = await withNode(path, ({ state }) => state.list().includes(COMMIT_FILE));
  const found = describe(path);
  const { discarded } = await withNode(path, recover, usual);
  const left = await withNode(path, ({ state }) => state.list());
  const recovered = describe(path);
  // Whatever has happened, the next transaction works.
  if (fault.at % 10 === 0) {
    await withNode(path, (content) => transact(content, (root) => put(`${root}/usr/bin/next`, "")));
  }
  return { hit: hit(), error, isLeft, found, recovered, left, discarded };
}

/** A file system, or a kernel, that cannot exchange two files in one step. */
const withoutExchange = intercept(kernel, (name, _, proceed) => {
  if (name === "renameat2") throw new SystemCallError(name, "EINVAL");
  return proceed();
});

/** Clean-up on the way out is killed as well. */
function isKill(error: unknown): boolean {
  return error instanceof Killed || error instanceof SuppressedError && isKill(error.suppressed);
}

const sides = await Promise.all(SCENARIOS.map(run));

SCENARIOS.forEach((scenario, number) => {
  const { before, after } = sides[number]!;

  Deno.test(`a ${scenario.name} that is killed at any call leaves the node wholly before or after`, async () => {
    assert.notEqual(before, after);
    const states = new Map<string, number>();
    let at = 1;
    for (;; at++) {
      const { hit, error, found, isLeft, recovered, left } = await strike(scenario, { at });
      if (!hit) break;
      assert.ok(isKill(error) || recovered === after, `${at}: ${error}`);
      assert.ok(recovered === before || recovered === after, `killed at ${at}:\n${recovered}`);
      // Who looks without recovering is told, or sees one of both.
      assert.ok(isLeft || found === before || found === after, `killed at ${at}, nothing says so:\n${found}`);
      assert.deepEqual(left, ["generations"]);
      const state = recovered === before ? "before" : "after";
      states.set(state, (states.get(state) ?? 0) + 1);
    }
    console.log(
      `${scenario.name}: ${at - 1} kills, ${states.get("before")} before, ${states.get("after")} after, 0 lost`,
    );
    assert.ok(states.get("before")! > 0 && states.get("after")! > 0);
  });

  Deno.test(`a ${scenario.name} with any failing call says so, and leaves the node wholly before or after`, async () => {
    let faults = 0;
    for (const [errnos, forGood] of ERRNOS.flatMap((errnos) => [[errnos, false], [errnos, true]] as const)) {
      for (let at = 1;; at++) {
        const errno = errnos[at % errnos.length]!;
        const where = `${errno}${forGood ? " for good" : ""} at ${at}`;
        const fault = { at, errno, forGood, counts: isFallible };
        const { hit, error, isLeft, found, recovered, left } = await strike(scenario, fault);
        if (!hit) break;
        faults++;
        assert.ok(error === undefined || error instanceof RedpakError, `${where}: ${error}`);
        if (error === undefined) assert.equal(found, after, where);
        else if (error.code === "E_INTERRUPTED") assert.ok(recovered === before || recovered === after, where);
        else assert.equal(found, before, `${where}: ${error.message}`);
        assert.ok(isLeft || found === before || found === after, where);
        assert.ok(recovered === before || recovered === after, where);
        assert.deepEqual(left, ["generations"], where);
      }
    }
    console.log(`${scenario.name}: ${faults} failing calls, 0 lost`);
    assert.ok(faults > 150);
  });
});

SCENARIOS.forEach((scenario, number) => {
  const { before, after } = sides[number]!;

  Deno.test(`a ${scenario.name} is as safe where files cannot be exchanged in one step`, async () => {
    let at = 1;
    for (;; at++) {
      const { hit, isLeft, found, recovered, left } = await strike(scenario, { at }, withoutExchange);
      if (!hit) break;
      assert.ok(recovered === before || recovered === after, `killed at ${at}:\n${recovered}`);
      assert.ok(isLeft || found === before || found === after, `killed at ${at}, nothing says so:\n${found}`);
      assert.deepEqual(left, ["generations"]);
    }
    console.log(`${scenario.name} without exchange: ${at - 1} kills, 0 lost`);
  });

  Deno.test(`the recovery of a ${scenario.name} can be killed at any call, again and again`, async () => {
    let kills = 0;
    for (const usual of [kernel, withoutExchange]) {
      for (let at = 1;; at++) {
        using scene = new Scene(DIRECTORY);
        const path = scene.node("n", FILES);
        await scenario.begin(path);
        const first = faulty(usual, { at });
        await withNode(path, scenario.step, first.kernel).catch(() => {});
        if (!first.hit()) break;
        if (!await withNode(path, ({ state }) => state.list().includes(COMMIT_FILE))) continue;
        // Each recovery gets one call further than the one before.
        for (let further = 1;; further++) {
          const next = faulty(usual, { at: further });
          const isKilled = await withNode(path, recover, next.kernel).then(() => false, isKill);
          if (!isKilled) break;
          kills++;
        }
        assert.equal(describe(path), after, `killed at ${at}`);
      }
    }
    console.log(`recovery of a ${scenario.name}: ${kills} kills, 0 lost`);
    assert.ok(kills > 100);
  });
});
