import assert from "node:assert/strict";
import { SystemCallError } from "./system_call_error.ts";
import { kernelOf } from "./system_calls.ts";
import { formatCall, traced } from "./trace.ts";

Deno.test("calls are written as in C, flags by their names", () => {
  assert.equal(
    formatCall("open_tree", [-100, "/usr/bin", 0x80001 | 0x8000]),
    'open_tree(-100, "/usr/bin", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)',
  );
  assert.equal(
    formatCall("mount", [null, "/", null, 0x44000, null]),
    'mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL)',
  );
  assert.equal(formatCall("mkdirat", [3, "a\nb", 0o755]), 'mkdirat(3, "a\\nb", 0755)');
  assert.equal(formatCall("execveat", [3, "", ["redpak"], [], 0]), 'execveat(3, "", ["redpak"], [], 0)');
  assert.equal(
    formatCall("mount_setattr", [3, "", 0x1000, { attr_set: 3, attr_clr: 0, propagation: 0, userns_fd: 0 }, 32]),
    'mount_setattr(3, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID, attr_clr=0, propagation=0, userns_fd=0}, 32)',
  );
});

Deno.test("bits without a name are shown as a number", () => {
  assert.equal(formatCall("unshare", [0x20000 | 1]), "unshare(CLONE_NEWNS|0x1)");
});

Deno.test("results and errors follow the call; what does not return is shown before", () => {
  const lines: string[] = [];
  const kernel = traced(
    kernelOf((name) => {
      if (name === "close") throw new SystemCallError(name, "EBADF");
      return 7;
    }),
    (line) => lines.push(line),
  );
  kernel.geteuid();
  assert.throws(() => kernel.close(9), { errno: "EBADF" });
  kernel.execveat(3, "", [], [], 0);
  assert.deepEqual(lines.slice(0, 3), [
    "geteuid() = 7",
    "close(9) = -1 EBADF (bad file descriptor)",
    'execveat(3, "", [], [], 0)',
  ]);
});
