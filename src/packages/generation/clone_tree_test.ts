import assert from "node:assert/strict";
import { AT_FDCWD } from "../../../ffi/libc/constants.ts";
import { fileDetails } from "../../../ffi/libc/file_status.ts";
import { SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { intercept, type Kernel } from "../../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../core/error.ts";
import { type Clone, cloneTree } from "./clone_tree.ts";
import { Directory } from "./directory.ts";
import { removeTree } from "./remove_tree.ts";
import { chown, describeTree, isRoot, kernel, put, readAttribute, Scene, setAttribute, symlink } from "./_scene.ts";

const FILES = {
  "a/tool": "tool",
  "a/second": "second",
  "a/link": "-> tool",
  "a/dangling": "-> /no/such/place",
  "database/index": "written in place",
  "empty/": "",
};

/** Clones the tree `from` of a scene to `to`, and describes both. */
function clone(scene: Scene, using_: Kernel = kernel): Clone & { from: string[]; to: string[] } {
  Deno.mkdirSync(`${scene.path}/to`);
  using from = Directory.at(using_, `${scene.path}/from`);
  using to = Directory.at(using_, `${scene.path}/to`);
  const done = cloneTree(from, to, { label: "usr", isWritten: (path) => path.startsWith("database") });
  const { shared, copied, linked, directories } = done;
  return {
    shared,
    copied,
    linked,
    directories,
    from: describeTree(`${scene.path}/from`),
    to: describeTree(`${scene.path}/to`),
  };
}

function scene(files: Readonly<Record<string, string>> = FILES): Scene {
  const made = new Scene();
  for (const [name, content] of Object.entries(files)) put(`${made.path}/from/${name}`, content);
  return made;
}

const isSame = (path: string, one: string, other: string) =>
  Deno.lstatSync(`${path}/${one}`).ino === Deno.lstatSync(`${path}/${other}`).ino;

Deno.test("a clone shows what the original shows: types, modes, times, contents, links", () => {
  using made = scene();
  Deno.chmodSync(`${made.path}/from/a/tool`, 0o751);
  Deno.chmodSync(`${made.path}/from/a`, 0o3775);
  Deno.utimeSync(`${made.path}/from/a/tool`, 1, 1.5);
  Deno.linkSync(`${made.path}/from/a/tool`, `${made.path}/from/database/same`);
  kernel.linkat(AT_FDCWD, `${made.path}/from/a/second`, AT_FDCWD, `${made.path}/from/a/third\udce9\n`, 0);
  const { from, to } = clone(made);
  assert.deepEqual(to, from);
  assert.equal(from.filter((line) => line.includes(" is ")).length, 2);
});

Deno.test("what is written in place is a file of its own, and so are programs with privileges", () => {
  using made = scene();
  Deno.chmodSync(`${made.path}/from/a/second`, 0o4755);
  if (isRoot) {
    Deno.chmodSync(`${made.path}/from/a/tool`, 0o755);
    const net = "\x01\0\0\x02\0\x20" + "\0".repeat(14);
    setAttribute(`${made.path}/from/a/tool`, "security.capability", net);
  }
  const { from, to, copied, shared } = clone(made);
  assert.deepEqual(to, from);
  assert.equal(isSame(made.path, "from/database/index", "to/database/index"), false);
  assert.equal(isSame(made.path, "from/a/second", "to/a/second"), false);
  if (isRoot) assert.equal(isSame(made.path, "from/a/tool", "to/a/tool"), false);
  assert.ok(copied + shared >= 2);
});

Deno.test("files of a file system that cannot share blocks are the same files", () => {
  using made = scene();
  const cannot = intercept(kernel, (name, _, proceed) => {
    if (name === "ioctl") throw new SystemCallError("ioctl", "EOPNOTSUPP");
    return proceed();
  });
  const { from, to, shared, copied } = clone(made, cannot);
  assert.deepEqual(to, from);
  assert.deepEqual([shared, copied], [0, 1]);
  assert.equal(isSame(made.path, "from/a/tool", "to/a/tool"), true);
});

Deno.test("a file that can get no further name is copied, and its names stay one file", () => {
  using made = scene();
  Deno.linkSync(`${made.path}/from/a/tool`, `${made.path}/from/a/same`);
  let links = 0;
  const full = intercept(kernel, (name, args, proceed) => {
    if (name === "ioctl") throw new SystemCallError("ioctl", "EOPNOTSUPP");
    if (name === "linkat" && args[1] === "same" && links++ === 0) throw new SystemCallError("linkat", "EMLINK");
    return proceed();
  });
  const { from, to } = clone(made, full);
  assert.deepEqual(to, from);
  assert.equal(isSame(made.path, "from/a/same", "to/a/same"), false);
});

Deno.test("holes stay holes, and what is between them arrives", () => {
  using made = scene({ "database/sparse": "" });
  const path = `${made.path}/from/database/sparse`;
  {
    using file = Deno.openSync(path, { write: true });
    for (const at of [0, 300_000, 5_000_000]) {
      file.seekSync(at, Deno.SeekMode.Start);
      file.writeSync(new TextEncoder().encode(`at ${at}`));
    }
    file.truncateSync(9_000_001);
  }
  const cannot = intercept(kernel, (name, _, proceed) => {
    if (name === "ioctl") throw new SystemCallError("ioctl", "EOPNOTSUPP");
    return proceed();
  });
  clone(made, cannot);
  assert.deepEqual(Deno.readFileSync(`${made.path}/to/database/sparse`), Deno.readFileSync(path));
  const blocks = (side: string) => fileDetails(kernel, AT_FDCWD, `${made.path}/${side}/database/sparse`).blocks;
  assert.ok(blocks("to") <= blocks("from") + 16, `${blocks("to")} blocks instead of ${blocks("from")}`);
});

Deno.test("owners and extended attributes are kept, those of links as well", { ignore: !isRoot }, () => {
  using made = scene();
  chown(`${made.path}/from/database/index`, 12, 34);
  chown(`${made.path}/from/a/link`, 12, 34);
  chown(`${made.path}/from/empty`, 56, 78);
  setAttribute(`${made.path}/from/database/index`, "user.note", "kept");
  setAttribute(`${made.path}/from/empty`, "trusted.note", "kept");
  const { from, to } = clone(made);
  assert.deepEqual(to, from);
  assert.equal(readAttribute(`${made.path}/to/database/index`, "user.note"), "kept");
  assert.equal(readAttribute(`${made.path}/to/empty`, "trusted.note"), "kept");
});

Deno.test("a node inside is refused, and so is what is no part of the tree", () => {
  using made = scene({ "lib/node/.rednode.yaml": "" });
  assert.throws(() => clone(made), (error: unknown) => {
    return error instanceof RedpakError && error.code === "E_NODE_INSIDE" &&
      error.message.includes('"usr/lib/node/.rednode.yaml"');
  });
});

Deno.test("an error names the file", () => {
  using made = scene();
  const full = intercept(kernel, (name, args, proceed) => {
    if (name === "linkat" && args[1] === "dangling") throw new SystemCallError("linkat", "ENOSPC");
    return proceed();
  });
  assert.throws(() => clone(made, full), {
    message: 'Cannot clone "usr/a/dangling": no space left on device (ENOSPC)',
    code: "E_NO_SPACE",
  });
});

Deno.test("a tree is removed with everything in it, and nothing that links in it lead to", () => {
  using made = scene();
  put(`${made.path}/outside/file`, "stays");
  symlink(`${made.path}/outside`, `${made.path}/from/a/out`);
  using directory = Directory.at(kernel, made.path);
  removeTree(directory, "from");
  removeTree(directory, "absent");
  assert.deepEqual(directory.list(), ["outside"]);
  assert.equal(Deno.readTextFileSync(`${made.path}/outside/file`), "stays");
});
