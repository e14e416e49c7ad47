import assert from "node:assert/strict";
import fc from "fast-check";
import { AT_FDCWD } from "../../../ffi/libc/constants.ts";
import { commit } from "./commit.ts";
import { prepare } from "./prepare.ts";
import { redo, undo } from "./undo.ts";
import { describeTree, kernel, put, Scene, symlink, withNode } from "./_scene.ts";

/** What packages do to a tree, and other people. */
type Action =
  | { readonly do: "write"; readonly path: string; readonly content: string }
  | { readonly do: "link"; readonly path: string; readonly target: string }
  | { readonly do: "make"; readonly path: string }
  | { readonly do: "remove"; readonly path: string }
  | { readonly do: "mode"; readonly path: string; readonly mode: number };

/** Few names, so that paths meet: a file where a directory was, and the other way round. */
const path = fc.tuple(
  fc.constantFrom("usr", "etc", "var", "opt"),
  fc.array(fc.constantFrom("a", "b", "c\n", "d é"), { minLength: 1, maxLength: 3 }),
).map(([top, names]) => [top, ...names].join("/"));

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("write" as const), path, content: fc.string({ maxLength: 5 }) }),
  },
  fc.record({ do: fc.constant("link" as const), path, target: fc.constantFrom("a", "../b", "/usr/a", "nowhere") }),
  fc.record({ do: fc.constant("make" as const), path }),
  fc.record({ do: fc.constant("remove" as const), path }),
  fc.record({ do: fc.constant("mode" as const), path, mode: fc.constantFrom(0o755, 0o700, 0o2750) }),
);
const actions = fc.array(action, { maxLength: 12 });

/** Does an action where it can be done; what is in the way of it stays. */
function act(root: string, action: Action): void {
  const path = `${root}/${action.path}`;
  try {
    if (action.do === "write") put(path, action.content.replace(/^-> /, ""));
    else if (action.do === "link") put(path, `-> ${action.target}`);
    else if (action.do === "make") Deno.mkdirSync(path, { recursive: true });
    else if (action.do === "remove") Deno.removeSync(path, { recursive: true });
    else if (Deno.lstatSync(path).isDirectory) Deno.chmodSync(path, action.mode);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (action.do === "write" || action.do === "link") removeQuietly(`${path};new`);
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch { /* it was not even made */ }
}

/** Every path of a tree, links not followed. */
function pathsOf(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap((entry) => {
    const path = `${prefix}/${entry.name}`;
    return entry.isDirectory ? [path, ...pathsOf(`${directory}/${entry.name}`, path)] : [path];
  });
}

/** A directory with the same content, by other means than those that are tested. */
function copy(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory, isSymlink } of Deno.readDirSync(from)) {
    if (name === ".redpak") continue;
    if (isSymlink) symlink(Deno.readLinkSync(`${from}/${name}`), `${to}/${name}`);
    else if (isDirectory) copy(`${from}/${name}`, `${to}/${name}`);
    else kernel.linkat(AT_FDCWD, `${from}/${name}`, AT_FDCWD, `${to}/${name}`, 0);
  }
  const { mode, mtime } = Deno.statSync(from);
  Deno.chmodSync(to, mode! & 0o7777);
  Deno.utimeSync(to, mtime!, mtime!);
}

/** Without the times of files, which are those of their writing, and what says which transaction it was. */
function show(path: string): string[] {
  return describeTree(path, [".redpak", "usr/.redpak-generation"]).map((line) => line.replace(/ \d+\.\d+ /, " "));
}

Deno.test("commit does what was done to the staged root, undo takes all of it back, redo does it again", async () => {
  await fc.assert(
    fc.asyncProperty(actions, actions, async (initial, changes) => {
      using scene = new Scene();
      const path = scene.node("n", { "usr/": "" });
      initial.forEach((action) => act(path, action));
      const before = describeTree(path);
      copy(path, `${scene.path}/expected`);
      changes.forEach((action) => act(`${scene.path}/expected`, action));

      await withNode(path, async (content) => {
        // A package lists what it brings, what it takes away, and so the directories that it changes.
        const paths = [
          ...pathsOf(path).filter((name) => !/^\/\.red|^\/etc\/redpak/.test(name)),
          ...changes.map(({ path }) => `/${path}`),
        ];
        using staging = prepare(content, { paths, isWritten: (path) => !path.startsWith("usr/") });
        changes.forEach((action) => act(staging.root, action));
        assert.deepEqual((await commit(staging, { command: [], packages: [], time: 0 })).kept, []);
        assert.deepEqual(show(path), show(`${scene.path}/expected`));
        const after = describeTree(path);
        assert.deepEqual((await undo(content)).kept, []);
        assert.deepEqual(describeTree(path), before);
        assert.deepEqual((await redo(content)).kept, []);
        assert.deepEqual(describeTree(path), after);
      });
    }),
    { numRuns: 60 },
  );
});

Deno.test("what is listed below something that is no directory is not there", async () => {
  using scene = new Scene();
  const path = scene.node("n", { "usr/b": "a file" });
  await withNode(path, (content) => {
    using staging = prepare(content, { paths: ["/usr/b/a", "/usr/b/c"], isWritten: () => false });
    assert.deepEqual([...Deno.readDirSync(`${staging.root}/usr`)].map(({ name }) => name), ["b"]);
    return Promise.resolve();
  });
});

Deno.test("whatever others write between a transaction and its undo, none of it is lost", async () => {
  await fc.assert(
    fc.asyncProperty(actions, actions, actions, async (initial, changes, others) => {
      using scene = new Scene();
      const path = scene.node("n", { "usr/": "" });
      const outside = (action: Action) => !action.path.startsWith("usr");
      initial.forEach((action) => act(path, action));
      await withNode(path, async (content) => {
        using staging = prepare(content, {
          paths: [...initial, ...changes].map(({ path }) => `/${path}`),
          isWritten: (path) => !path.startsWith("usr/"),
        });
        changes.forEach((action) => act(staging.root, action));
        // Some of it is written before the commit, some after it.
        const written = new Map<string, string>();
        others.filter(outside).forEach((action, number) => {
          if (number === Math.floor(others.length / 2)) return;
          const content = `written by somebody, ${number}`;
          act(path, { do: "write", path: action.path, content });
          if (holds(`${path}/${action.path}`, content)) written.set(action.path, content);
        });
        await commit(staging, { command: [], packages: [], time: 0 });
        for (const [name, content] of written) assert.ok(holds(`${path}/${name}`, content), `${name} after the commit`);
        others.filter(outside).forEach((action, number) => {
          const content = `written after it, ${number}`;
          act(path, { do: "write", path: action.path, content });
          if (holds(`${path}/${action.path}`, content)) written.set(action.path, content);
        });
        for (const step of [undo, redo, undo]) {
          await step(content);
          for (const [name, content] of written) {
            assert.ok(holds(`${path}/${name}`, content), `${name} after ${step.name}`);
          }
        }
      });
    }),
    { numRuns: 60 },
  );
});

/** Whether there is a file with a content, links on the way not followed: what they lead to may be another one. */
function holds(path: string, content: string): boolean {
  try {
    return Deno.readTextFileSync(path) === content;
  } catch {
    return false;
  }
}
