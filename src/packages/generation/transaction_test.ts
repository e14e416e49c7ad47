import assert from "node:assert/strict";
import { RedpakError } from "../../core/error.ts";
import { lockNode } from "../../store/lock_node.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { collect } from "./collect.ts";
import { commit, type Committed } from "./commit.ts";
import { readHistory } from "./history.ts";
import { openLockedContent, type TransactionContent, withState } from "./node_content.ts";
import { prepare, type PrepareOptions } from "./prepare.ts";
import { recover } from "./recover.ts";
import { redo, undo } from "./undo.ts";
import { describeTree, kernel, put, Scene, withNode } from "./_scene.ts";

const OPTIONS = { command: ["test"], packages: [], time: 0 };

/** A transaction that is one step on the root directory. */
async function transact(
  content: TransactionContent,
  paths: readonly string[],
  step: (root: string) => void,
  options: Partial<PrepareOptions> = {},
): Promise<Committed> {
  using staging = prepare(content, { paths, isWritten: (path) => !path.startsWith("usr"), ...options });
  step(staging.root);
  return await commit(staging, OPTIONS);
}

async function code(step: Promise<unknown>): Promise<string> {
  try {
    await step;
  } catch (error) {
    if (error instanceof RedpakError) return error.code;
    throw error;
  }
  return "none";
}

const FILES = {
  "usr/bin/tool": "tool 1",
  "usr/lib/lib.so": "library",
  "etc/tool.conf": "default 1",
  "var/lib/tool/state": "precious",
};

Deno.test("a transaction is not seen before it is committed, and wholly after", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  const before = describeTree(path);
  await withNode(path, async (content) => {
    using staging = prepare(content, { paths: ["/etc/tool.conf"], isWritten: () => false });
    put(`${staging.root}/usr/bin/tool`, "tool 2");
    put(`${staging.root}/etc/tool.conf`, "default 2");
    put(`${staging.root}/opt/tool/data`, "new");
    assert.deepEqual(describeTree(path), before);
    const { kept, record } = await commit(staging, OPTIONS);
    assert.deepEqual(kept, []);
    assert.deepEqual(record.operations.map(({ kind, path }) => [kind, path]), [
      ["directory", "opt"],
      ["directory", "opt/tool"],
      ["file", "etc/tool.conf"],
      ["file", "opt/tool/data"],
    ]);
  });
  assert.equal(Deno.readTextFileSync(`${path}/usr/bin/tool`), "tool 2");
  assert.equal(Deno.readTextFileSync(`${path}/etc/tool.conf`), "default 2");
  assert.equal(Deno.readTextFileSync(`${path}/opt/tool/data`), "new");
  assert.equal(Deno.readTextFileSync(`${path}/var/lib/tool/state`), "precious");
});

Deno.test("what is disposed of before it is committed leaves nothing", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  const before = describeTree(path);
  await withNode(path, (content) => {
    prepare(content, { paths: ["/etc/tool.conf"], isWritten: () => false })[Symbol.dispose]();
    assert.deepEqual(content.state.list(), ["generations"]);
  });
  assert.deepEqual(describeTree(path), before);
});

Deno.test("undo brings back what was there, and redo what was done; the history says so", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  const states = [describeTree(path)];
  await withNode(path, async (content) => {
    for (const number of [2, 3]) {
      await transact(content, ["/etc/tool.conf", "/etc/extra"], (root) => {
        put(`${root}/usr/bin/tool`, `tool ${number}`);
        put(`${root}/etc/tool.conf`, `default ${number}`);
        if (number === 2) put(`${root}/etc/extra`, "");
        else Deno.removeSync(`${root}/etc/extra`);
      });
      states.push(describeTree(path));
    }
    const stateNames = () => readHistory(content).map(({ state }) => state);
    assert.deepEqual(stateNames(), ["current", "done"]);
    for (const back of [1, 0]) {
      assert.deepEqual((await undo(content)).kept, []);
      assert.deepEqual(describeTree(path), states[back]);
    }
    assert.deepEqual(stateNames(), ["undone", "undone"]);
    assert.equal(await code(undo(content)), "E_NOTHING_TO_UNDO");
    for (const forth of [1, 2]) {
      assert.deepEqual((await redo(content)).kept, []);
      assert.deepEqual(describeTree(path), states[forth]);
    }
    assert.equal(await code(redo(content)), "E_NOTHING_TO_UNDO");
  });
});

Deno.test("the first transaction of a node without usr makes it, and undo takes it away", async () => {
  using scene = new Scene();
  const path = scene.node("n");
  const before = describeTree(path);
  await withNode(path, async (content) => {
    await transact(content, [], (root) => put(`${root}/usr/bin/tool`, ""));
    assert.equal(Deno.statSync(`${path}/usr/bin/tool`).isFile, true);
    await undo(content);
    assert.deepEqual(describeTree(path), before);
  });
});

Deno.test("what somebody edits while a transaction is prepared stays, with the new version beside it", async () => {
  using scene = new Scene();
  const path = scene.node("n", { ...FILES, "etc/gone": "default", "etc/tool.conf.rpmnew": "of long ago" });
  await withNode(path, async (content) => {
    using staging = prepare(content, { paths: ["/etc/tool.conf", "/etc/gone"], isWritten: () => true });
    put(`${staging.root}/etc/tool.conf`, "default 2");
    put(`${staging.root}/etc/new`, "default");
    Deno.removeSync(`${staging.root}/etc/gone`);
    Deno.writeTextFileSync(`${path}/etc/tool.conf`, "edited");
    Deno.writeTextFileSync(`${path}/etc/gone`, "edited");
    Deno.writeTextFileSync(`${path}/etc/new`, "made by hand");
    assert.deepEqual((await commit(staging, OPTIONS)).kept, [
      { path: "etc/gone" },
      { path: "etc/new", aside: "etc/new.rpmnew" },
      { path: "etc/tool.conf", aside: "etc/tool.conf.rpmnew.2" },
    ]);
  });
  const read = (name: string) => Deno.readTextFileSync(`${path}/etc/${name}`);
  assert.deepEqual(["tool.conf", "gone", "new"].map(read), ["edited", "edited", "made by hand"]);
  assert.deepEqual(["tool.conf.rpmnew", "tool.conf.rpmnew.2", "new.rpmnew"].map(read), [
    "of long ago",
    "default 2",
    "default",
  ]);
});

Deno.test("a change that leaves size and time as they were is seen all the same", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  await withNode(path, async (content) => {
    using staging = prepare(content, { paths: ["/etc/tool.conf"], isWritten: () => true });
    put(`${staging.root}/etc/tool.conf`, "default 2");
    const { mtime } = Deno.statSync(`${path}/etc/tool.conf`);
    Deno.writeTextFileSync(`${path}/etc/tool.conf`, "default X");
    Deno.utimeSync(`${path}/etc/tool.conf`, mtime!, mtime!);
    assert.equal((await commit(staging, OPTIONS)).kept.length, 1);
  });
});

Deno.test("undo loses nothing of what was edited since", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  await withNode(path, async (content) => {
    await transact(content, ["/etc/tool.conf"], (root) => {
      put(`${root}/etc/tool.conf`, "default 2");
      put(`${root}/var/lib/tool/log`, "");
    });
    Deno.writeTextFileSync(`${path}/etc/tool.conf`, "edited 2");
    Deno.writeTextFileSync(`${path}/var/lib/tool/log`, "line\n");
    assert.deepEqual((await undo(content)).kept, [
      { path: "var/lib/tool/log" },
      { path: "etc/tool.conf", aside: "etc/tool.conf.rpmnew" },
    ]);
  });
  assert.equal(Deno.readTextFileSync(`${path}/etc/tool.conf`), "edited 2");
  assert.equal(Deno.readTextFileSync(`${path}/etc/tool.conf.rpmnew`), "default 1");
  assert.equal(Deno.readTextFileSync(`${path}/var/lib/tool/log`), "line\n");
});

Deno.test("a directory that a package gives up stays while others have something in it", async () => {
  using scene = new Scene();
  const path = scene.node("n", { "var/lib/a/own": "", "var/lib/a/state": "precious", "var/lib/b/own": "" });
  await withNode(path, async (content) => {
    const paths = ["/var/lib/a", "/var/lib/a/own", "/var/lib/b", "/var/lib/b/own"];
    const before = describeTree(path);
    await transact(content, paths, (root) => {
      for (const name of ["a", "b"]) Deno.removeSync(`${root}/var/lib/${name}`, { recursive: true });
    });
    assert.deepEqual(
      describeTree(path).filter((line) => line.startsWith("var/lib/")).map((line) => line.split(" ")[0]),
      [
        "var/lib/a",
        "var/lib/a/state",
      ],
    );
    await undo(content);
    assert.deepEqual(describeTree(path), before);
  });
});

Deno.test("links above a path are followed as in the node, and lead nowhere else", async () => {
  using scene = new Scene();
  const path = scene.node("n", {
    ...FILES,
    bin: "-> usr/bin",
    "var/run": "-> /run",
    "run/tool.pid": "1",
    "usr/tmp": "-> ../var/tmp",
    "var/tmp/x": "",
    "srv": "-> ../../../../../../etc",
  });
  await withNode(path, (content) => {
    const paths = ["/bin/tool", "/var/run/tool.pid", "/usr/tmp/x", "/usr/bin/tool", "/srv/tool.conf"];
    using staging = prepare(content, { paths, isWritten: () => true });
    assert.deepEqual([...staging.staged.keys()].sort(), [
      "bin",
      "etc",
      "etc/tool.conf",
      "run",
      "run/tool.pid",
      "srv",
      "var",
      "var/run",
      "var/tmp",
      "var/tmp/x",
    ]);
    assert.equal(Deno.readTextFileSync(`${staging.root}/bin/tool`), "tool 1");
  });
});

Deno.test("a directory can be replaced as one, by a link to where its content is now", async () => {
  using scene = new Scene();
  const path = scene.node("n", { "var/lib/rpm/a": "database", "usr/bin/tool": "" });
  const before = describeTree(path);
  await withNode(path, async (content) => {
    await transact(content, ["/var/lib/rpm"], (root) => {
      put(`${root}/var/lib/rpm`, "-> ../../usr/lib/sysimage/rpm");
      put(`${root}/usr/lib/sysimage/rpm/a`, "database 2");
    }, { replaced: ["var/lib/rpm"] });
    assert.equal(Deno.readTextFileSync(`${path}/var/lib/rpm/a`), "database 2");
    await undo(content);
    assert.deepEqual(describeTree(path), before);
  });
});

Deno.test("packages change nothing of what decides about the node, and nothing of the nodes in it", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  scene.node("n/child", { "opt/x": "" });
  await withNode(path, async (content) => {
    const attempt = (paths: readonly string[], made?: string) =>
      code(transact(content, paths, (root) => made !== undefined && put(`${root}/${made}`, "")));
    assert.equal(await attempt(["/etc/redpak.yaml"]), "E_PROTECTED");
    assert.equal(await attempt(["/.rednode.yaml"]), "E_PROTECTED");
    assert.equal(await attempt(["/.redpak/generations"]), "E_PROTECTED");
    assert.equal(await attempt(["/child/opt/x"]), "E_NODE_INSIDE");
    assert.equal(await attempt([], "etc/redpak-admin.yaml"), "E_PROTECTED");
    assert.equal(await attempt([], "opt/node/.rednode.yaml"), "E_PROTECTED");
    assert.deepEqual(
      (await transact(content, [], (root) => put(`${root}/child/opt/y`, ""))).kept.map(({ path }) => path),
      [
        "child/opt",
        "child/opt/y",
      ],
    );
    assert.deepEqual(content.state.list(), ["generations"]);
  });
});

Deno.test("a usr that somebody has changed since it was cloned is not replaced", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  await withNode(path, async (content) => {
    const added = transact(content, [], () => Deno.writeTextFileSync(`${path}/usr/lib/new`, ""));
    assert.equal(await code(added), "E_CHANGED");
    const index = (directory: string) => directory === "usr/lib" || directory.startsWith("usr/lib/");
    const foreign = transact(content, [], () => Deno.writeTextFileSync(`${path}/usr/lib/index`, ""), {
      isWritten: index,
    });
    assert.equal(await code(foreign), "none");
  });
});

Deno.test("former content is freed, but for the last two and what is mounted somewhere", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  await withNode(path, async (content) => {
    for (const number of [2, 3, 4, 5]) {
      await transact(content, [], (root) => put(`${root}/usr/bin/tool`, `tool ${number}`));
    }
    assert.deepEqual((await collect(content)).map(({ record }) => record.sequence), [2, 1]);
    assert.deepEqual(readHistory(content).map(({ isKept }) => isKept), [true, true, false, false]);
    await undo(content);
    await undo(content);
    assert.equal(Deno.readTextFileSync(`${path}/usr/bin/tool`), "tool 3");
    assert.equal(await code(undo(content)), "E_NOTHING_TO_UNDO");
    assert.deepEqual(content.state.list(), ["generations"]);
  });
});

Deno.test("a record that somebody has changed leads to nothing outside of the node", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  await withNode(path, async (content) => {
    await transact(content, ["/etc/tool.conf"], (root) => put(`${root}/etc/tool.conf`, "default 2"));
    const id = readHistory(content)[0]!.record.id;
    const file = `${path}/${STATE_DIRECTORY}/generations/${id}/transaction.json`;
    const text = Deno.readTextFileSync(file);
    for (const wrong of ["../x", "/x", "etc/redpak.yaml", "usr/x", ".redpak/x", "a//b", "a/./b", "etc/../../x", ""]) {
      Deno.writeTextFileSync(file, text.replace("etc/tool.conf", wrong));
      assert.equal(await code(undo(content)), "E_TRANSACTION_RECORD", wrong);
    }
    Deno.writeTextFileSync(file, text.replace('"version":1', '"version":2'));
    assert.equal(await code(undo(content)), "E_TRANSACTION_RECORD");
    Deno.chmodSync(`${path}/${STATE_DIRECTORY}`, 0o777);
  });
  assert.equal(await code(withNode(path, recover)), "E_NOT_TRUSTED");
});

Deno.test("recovery of a node without transactions changes nothing", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  using lock = lockNode(path);
  using content = openLockedContent(kernel, path, lock);
  assert.deepEqual(await recover(content), { discarded: 0, kept: [] });
  assert.deepEqual(describeTree(path, []), describeTree(path));
});

Deno.test("what was opened for a recovery is as open after it, for whatever comes next", async () => {
  using scene = new Scene();
  const path = scene.node("n", FILES);
  await withNode(path, (content) => transact(content, [], (root) => put(`${root}/usr/bin/tool`, "tool 2")));
  using lock = lockNode(path);
  using opened = openLockedContent(kernel, path, lock);
  await recover(opened);
  assert.equal(readHistory(opened).length, 1);
  using content = withState(opened);
  await undo(content);
  assert.equal(Deno.readTextFileSync(`${path}/usr/bin/tool`), "tool 1");
});
