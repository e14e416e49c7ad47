import * as assert from "node:assert/strict";
import type { MergedExport } from "../config/merged.ts";
import type { Scalars } from "../config/schema.ts";
import { all, failure, only, plan, type RequestFixture } from "./_fixtures.ts";

const MIB = 2 ** 20;
const tmp: MergedExport = { mode: "Tmpfs", mount: "/tmp", path: "/tmp" };
const dev: MergedExport = { mode: "Devfs", mount: "/dev", path: "/dev" };

/** Sizes and inodes of the node's file systems in memory, by their places. */
function capacities(exports: readonly MergedExport[], scalars: Scalars = {}, request: RequestFixture = {}) {
  const result = plan({ exports, scalars }, request);
  const { size, inodes } = only(result, "root");
  const others = all(result, "tmpfs").map(({ destination, size, inodes }) => [destination, Number(size), inodes]);
  return Object.fromEntries([["/", Number(size), inodes], ...others].map(([place, ...rest]) => [place, rest]));
}

Deno.test("every file system in memory has a size, and a number of inodes", () => {
  for (const facts of [{ uid: 0 }, { uid: 1000, gid: 100 }]) {
    assert.deepEqual(capacities([dev, tmp], {}, { facts }), {
      "/": [16 * MIB, 4096],
      "/dev": [65_536, 1024],
      "/dev/shm": [64 * MIB, 16_384],
      "/tmp": [64 * MIB, 16_384],
    });
  }
});

Deno.test("a Tmpfs has the size that it asks for, and an inode for every 4 KiB", () => {
  assert.deepEqual(capacities([{ ...tmp, size: 8 * MIB }])["/tmp"], [8 * MIB, 2048]);
  assert.deepEqual(capacities([{ ...tmp, size: 1 }])["/tmp"], [1, 64], "few files can be made in the smallest");
  const large = capacities([{ ...tmp, size: 2 ** 50 }], { "tmpfs-size": "max" })["/tmp"];
  assert.deepEqual(large, [2 ** 50, 2 ** 32 - 1]);
});

Deno.test("a smaller tmpfs-size holds where nothing is said, a larger one has to be asked for", () => {
  const sizes = (size: number | "max") => {
    const found = capacities([dev, tmp], { "tmpfs-size": size });
    return [found["/tmp"]?.[0], found["/dev/shm"]?.[0], found["/"]?.[0]];
  };
  assert.deepEqual(sizes(MIB), [MIB, MIB, 16 * MIB]);
  assert.deepEqual(sizes(128 * MIB), [64 * MIB, 64 * MIB, 16 * MIB]);
  assert.deepEqual(sizes("max"), [64 * MIB, 64 * MIB, 16 * MIB]);
  assert.deepEqual(capacities([{ ...tmp, size: "max" }], { "tmpfs-size": "max" })["/tmp"], [0, 0]);
});

Deno.test("a size above tmpfs-size is refused, with what to do", () => {
  const refused = (size: number | "max", scalars: Scalars) => {
    const { code, exit, message, where, hints } = failure(() => capacities([{ ...tmp, size }], scalars));
    assert.deepEqual([code, exit, where?.line], ["E_TMPFS_SIZE", 3, 1]);
    return [message, ...hints];
  };
  assert.deepEqual(refused(65 * MIB, {}), [
    'Cannot make the tmpfs at "/tmp" as large as 65M: tmpfs-size is 64M by default',
    "set tmpfs-size to 65M or more in the node and all of its ancestors",
  ]);
  assert.match(
    refused("max", { "tmpfs-size": MIB })[0]!,
    /as large as max: tmpfs-size is 1M by \/n\/etc\/redpak.yaml:1:1/,
  );
  assert.deepEqual(capacities([{ ...tmp, size: 65 * MIB }], { "tmpfs-size": 65 * MIB })["/tmp"]?.[0], 65 * MIB);
});

function options(exports: readonly MergedExport[], scalars: Scalars = {}, request: RequestFixture = {}) {
  const result = plan({ exports, scalars }, request);
  const mounted = all(result, "tmpfs").map(({ destination, options }) => [destination, options.join()]);
  return Object.fromEntries([["/", only(result, "root").options.join()], ...mounted]);
}

Deno.test("what is written to a tmpfs cannot be executed, but where that is allowed and asked for", () => {
  const none = "nosuid,nodev,noexec";
  assert.deepEqual(options([dev, tmp]), { "/": none, "/dev": none, "/dev/shm": none, "/tmp": none });
  assert.equal(options([tmp], { "tmpfs-exec": true })["/tmp"], none, "allowed is not asked for");
  const asked = [{ ...tmp, exec: true }, { ...tmp, mount: "/other" }];
  assert.deepEqual(options(asked, { "tmpfs-exec": true }), { "/": none, "/tmp": "nosuid,nodev", "/other": none });
  for (const scalars of [{}, { "tmpfs-exec": false }]) {
    const { code, exit, message, hints } = failure(() => options(asked, scalars));
    assert.deepEqual([code, exit], ["E_TMPFS_EXEC", 3]);
    assert.match(message, /^Cannot make the tmpfs at "\/tmp" executable: tmpfs-exec is false by (?:default|\/n\/)/);
    assert.deepEqual(hints, ["set tmpfs-exec to true in the node and all of its ancestors"]);
  }
});

Deno.test("with compatibility there are the limits that somebody wrote down, and no others", () => {
  const compat = { compat: true };
  assert.deepEqual(capacities([dev, tmp], {}, compat), {
    "/": [0, 0],
    "/dev": [0, 0],
    "/dev/shm": [0, 0],
    "/tmp": [0, 0],
  });
  assert.deepEqual(capacities([{ ...tmp, size: 128 * MIB }], {}, compat)["/tmp"]?.[0], 128 * MIB);
  assert.deepEqual(capacities([tmp], { "tmpfs-size": MIB }, compat)["/tmp"]?.[0], MIB);
  const any = "nosuid,nodev";
  assert.deepEqual(options([dev, tmp], {}, compat), { "/": any, "/dev": any, "/dev/shm": any, "/tmp": any });
  assert.equal(options([{ ...tmp, exec: true }], {}, compat)["/tmp"], any);
  assert.equal(options([{ ...tmp, exec: false }], {}, compat)["/tmp"], `${any},noexec`);
});
