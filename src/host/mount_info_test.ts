import assert from "node:assert/strict";
import { mountsBelow, parseMountInfo } from "./mount_info.ts";

const TEXT = `\
21 1 0:19 / / rw,relatime - ext4 /dev/root rw
22 21 0:20 / /proc rw,nosuid,nodev,noexec shared:5 - proc proc rw
30 21 0:31 /a\\040b /mnt/with\\040space\\134x ro,nosuid master:2 propagate_from:1 - tmpfs none rw,size=4k
31 30 0:32 / /mnt/with\\040space\\134x/sub rw - tmpfs none rw
32 31 0:33 / /mnt/with\\040space\\134x/sub/sub rw - tmpfs none rw
`;

Deno.test("a line's fields are read, with or without optional ones", () => {
  const mounts = parseMountInfo(TEXT);
  assert.equal(mounts.length, 5);
  assert.deepEqual(mounts[1], {
    id: 22,
    parent: 21,
    device: "0:20",
    root: "/",
    mountPoint: "/proc",
    options: new Set(["rw", "nosuid", "nodev", "noexec"]),
    propagation: "shared:5",
    type: "proc",
    superOptions: new Set(["rw"]),
  });
  assert.deepEqual(mounts.map(({ propagation }) => propagation), ["", "shared:5", "master:2 propagate_from:1", "", ""]);
  assert.deepEqual(mounts[2]?.superOptions, new Set(["rw", "size=4k"]));
});

Deno.test("octal escapes stand for their characters", () => {
  const mount = parseMountInfo(TEXT)[2];
  assert.equal(mount?.root, "/a b");
  assert.equal(mount?.mountPoint, "/mnt/with space\\x");
  assert.equal(mount?.type, "tmpfs");
});

Deno.test("what is no mount line is left out", () => {
  assert.deepEqual(parseMountInfo("\nnonsense\n1 2\n"), []);
});

Deno.test("mounts below a mount are found at any depth, parents first", () => {
  assert.deepEqual(mountsBelow(parseMountInfo(TEXT), 30).map((mount) => mount.id), [30, 31, 32]);
});

Deno.test("a mount that names itself as parent does not loop", () => {
  const mounts = parseMountInfo("5 5 0:1 / / rw - rootfs rootfs rw");
  assert.deepEqual(mountsBelow(mounts, 5).map((mount) => mount.id), [5]);
});
