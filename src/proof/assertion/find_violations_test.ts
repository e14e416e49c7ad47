import assert from "node:assert/strict";
import { MemoryImage } from "../image/_memory_image.ts";
import { bind, tmpfs } from "../image/_mounts.ts";
import type { Operation } from "../../plan/operation.ts";
import { accessOf, type NodeAccess } from "./node_access.ts";
import { findViolations } from "./find_violations.ts";
import { parseAssertions } from "./parse_assertions.ts";

const IMAGE = new MemoryImage({ "/data/boot/kernel": "", "/usr/bin/a": "", "/boot": { link: "data/boot" } });

function access(alias: string, operations: readonly Operation[], more: Partial<NodeAccess> = {}): NodeAccess {
  const plan = {
    version: 1,
    node: `/nodes/${alias}`,
    alias,
    admin: false,
    pending: [],
    warnings: [],
    operations,
  } as const;
  return { ...accessOf(plan, IMAGE), ...more };
}

const writable = (source: string, destination = source) => bind(source, destination, { options: [] });

const broken = (rule: string, ...nodes: NodeAccess[]) =>
  findViolations(parseAssertions(rule, "rules"), nodes).map(({ message }) => message);

Deno.test("what nodes may write is found by any part of it, by links too, and what is hidden does not count", () => {
  const rule = "no node but ota may write /data/boot";
  const may = (...operations: Operation[]) =>
    broken(rule, access("a", operations), access("ota", [writable("/data")])).length;
  assert.equal(may(bind("/data")), 0);
  assert.equal(may(writable("/data")), 1);
  assert.equal(may(writable("/data/boot/kernel")), 1);
  assert.equal(may(writable("/boot", "/b")), 1);
  assert.equal(may(writable("/usr")), 0);
  assert.equal(may(writable("/data"), tmpfs("/data/boot")), 0);
  assert.equal(may(writable("/data", "/d"), tmpfs("/d/boot")), 0);
  assert.equal(may(writable("/data", "/d"), tmpfs("/d/boot/x")), 1, "only a part of it is hidden");
  assert.equal(may(writable("/data", "/d/e"), tmpfs("/d")), 0, "all of it is hidden");
  assert.deepEqual(broken(rule, access("a", [writable("/boot", "/b")]), access("ota", [])), [
    'Node "a" may write /data/boot: it sees /data/boot at /b, writable',
  ]);
});

Deno.test("what nodes have to be able to do, they can do with all of it", () => {
  const rule = "node a may read /usr";
  assert.deepEqual(broken(rule, access("a", [bind("/usr")]), access("b", [])), []);
  assert.deepEqual(broken(rule, access("a", [bind("/usr/bin")])), ['Node "a" may not read /usr']);
  assert.deepEqual(broken(rule, access("a", [bind("/usr"), tmpfs("/usr/bin")])), ['Node "a" may not read /usr']);
  const noexec = bind("/usr", "/usr", { options: ["ro", "noexec"] });
  assert.deepEqual(broken("every node may execute /usr/bin", access("a", [noexec])), [
    'Node "a" may not execute /usr/bin',
  ]);
});

Deno.test("network, capabilities, system calls, devices, namespaces and root are rules' objects", () => {
  const quiet: Partial<NodeAccess> = {
    network: { kind: "own", bind: null, connect: null },
    shared: [],
    isRoot: false,
    capabilities: [],
    seccomp: "default",
  };
  const rules = [
    "no node may reach network",
    "no node may bind 22",
    "no node may have CAP_SYS_ADMIN",
    "no node may call kexec_load",
    "no node may use /dev",
    "no node may share pid",
    "no node may be root",
  ].join("\n");
  assert.deepEqual(broken(rules, access("a", [], quiet)), []);
  assert.deepEqual(
    broken(
      rules,
      access("a", [], {
        network: { kind: "shared", bind: [80], connect: null },
        shared: ["pid"],
        isRoot: true,
        capabilities: ["CAP_SYS_ADMIN", "CAP_SYS_BOOT"],
        seccomp: "none",
        devices: [{ path: "/dev/ttyS0", access: "rw" }],
      }),
    ),
    [
      'Node "a" may reach network: its network is shared',
      'Node "a" may have CAP_SYS_ADMIN: it is in its bounding set',
      'Node "a" may call kexec_load: it has no filter of system calls',
      'Node "a" may use /dev: its devices have /dev/ttyS0 (rw)',
      'Node "a" may share pid: its pid namespace is not its own',
      'Node "a" may be root: its uid 0 is the device\'s',
    ],
  );
  const shared = { network: { kind: "shared", bind: [80], connect: null } as const };
  assert.deepEqual(broken("every node may bind 80\nevery node may connect 443", access("a", [], shared)), []);
});

Deno.test("a rule about a node that there is not proves nothing", () => {
  assert.deepEqual(broken("no node but b may read /usr\nno node in /srv may read /usr", access("a", [])), [
    'There is no node "b", which a rule is about',
    'There is no node "/srv", which a rule is about',
  ]);
});
