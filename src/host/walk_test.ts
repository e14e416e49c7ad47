import assert from "node:assert/strict";
import { recordingKernel } from "../../ffi/libc/recording_kernel.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { openRoot, walk, type WalkRules } from "./walk.ts";

const FILES = {
  "/a": "directory",
  "/a/b": "directory",
  "/a/b/file": "file",
  "/a/absolute": { link: "/a/b" },
  "/a/relative": { link: "./b/../b/file" },
  "/a/climbing": { link: "../../../../a/b" },
  "/a/loop": { link: "loop" },
  "/a/dangling": { link: "new/dir" },
} as const;

const FOLLOW: WalkRules = { follow: () => {} };

/** What a walk arrives at: the last thing that it opened. */
function arrive(path: string, rules: WalkRules = FOLLOW): string {
  const { kernel, calls } = recordingKernel(FILES);
  using root = openRoot(kernel);
  using _ = walk(kernel, root.number, path, rules);
  return calls.findLast((call) => call.startsWith("openat("))?.split(", ")[1] ?? "";
}

Deno.test("a path without links arrives where it says", () => {
  assert.equal(arrive("/a/b/file"), '"file"');
  assert.equal(arrive("//a/./b/"), '"b"');
});

Deno.test("every step opens a single name and never follows a link by itself", () => {
  const { kernel, calls } = recordingKernel(FILES);
  using root = openRoot(kernel);
  walk(kernel, root.number, "/a/climbing/file", FOLLOW)[Symbol.dispose]();
  const steps = calls.filter((call) => call.startsWith("openat(")).slice(1);
  assert.deepEqual(steps.filter((call) => !/^openat\(\d+, "[^/"]+", .*O_NOFOLLOW/.test(call)), []);
  assert(!steps.some((call) => call.includes('".."')));
});

Deno.test("links are followed inside the start, however far they climb", () => {
  assert.equal(arrive("/a/absolute/file"), '"file"');
  assert.equal(arrive("/a/relative"), '"file"');
  assert.equal(arrive("/a/climbing/file"), '"file"');
});

Deno.test("a loop of links ends with ELOOP", () => {
  assert.throws(() => arrive("/a/loop"), { errno: "ELOOP" });
});

Deno.test("a link that may not be followed stops the walk, with its place", () => {
  const follow = ({ path }: { path: string }) => {
    throw new Error(path);
  };
  assert.throws(() => arrive("/a/absolute/file", { follow }), { message: "/a/absolute" });
});

Deno.test("missing entries are made one by one, also behind a link that leads nowhere", () => {
  const made: string[] = [];
  const { kernel } = recordingKernel(FILES);
  const rules = (create: Kernel): WalkRules => ({
    ...FOLLOW,
    create(parent, name, last) {
      made.push(last ? `${name}, last` : name);
      create.mkdirat(parent, name, 0o755);
    },
  });
  using root = openRoot(kernel);
  walk(kernel, root.number, "/a/dangling/x", rules(kernel))[Symbol.dispose]();
  assert.deepEqual(made, ["new", "dir", "x, last"]);
});

Deno.test("without a rule to make them, missing entries are ENOENT", () => {
  assert.throws(() => arrive("/a/missing/x"), { errno: "ENOENT" });
});

Deno.test("a walk leaves nothing open but its result, whether it succeeds or not", () => {
  for (const path of ["/a/climbing/file", "/a/loop", "/a/missing"]) {
    const { kernel, calls } = recordingKernel(FILES);
    {
      using root = openRoot(kernel);
      try {
        walk(kernel, root.number, path, FOLLOW)[Symbol.dispose]();
      } catch { /* only what stays open counts here */ }
    }
    const { opened, closed } = {
      opened: calls.filter((call) => call.startsWith("openat(") && !call.includes("missing")).length,
      closed: calls.filter((call) => call.startsWith("close(")).length,
    };
    assert.equal(closed, opened, path);
  }
});
