import * as assert from "node:assert/strict";
import { all, BASE, type ConfigFixture, failure, only, plan } from "./_fixtures.ts";

function identity(config: ConfigFixture, facts: { uid: number; gid: number } = { uid: 0, gid: 0 }) {
  const result = plan(config, { facts });
  const { uid, gid, groups, dropGroups } = all(result, "identity").at(-1)!;
  const { uidMaps, gidMaps, denySetgroups } = only(result, "clone");
  const root = only(result, "root");
  return { uid, gid, groups, dropGroups, uidMaps, gidMaps, denySetgroups, owner: [root.uid, root.gid] };
}

const map = (inside: number, outside: number) => [{ inside, outside, count: 1 }];

const RANGE = [{ inside: 0, outside: BASE, count: 65_536 }];

Deno.test("a node that root launches has ids of its own, root inside is nobody outside, without groups", () => {
  assert.deepEqual(identity({}), {
    uid: 0,
    gid: 0,
    groups: [],
    dropGroups: true,
    uidMaps: RANGE,
    gidMaps: RANGE,
    denySetgroups: false,
    owner: [BASE, BASE],
  });
});

Deno.test("root is mapped to itself, alone, only where the ids are to be the host's", () => {
  const { uidMaps, gidMaps } = only(plan({}, { hostIds: true }), "clone");
  assert.deepEqual([uidMaps, gidMaps], [map(0, 0), map(0, 0)]);
});

Deno.test("directories that are made on the host's disks belong to the ids inside", () => {
  const exports = [{ mode: "Public", mount: "/d", path: "/d" }] as const;
  const owner = (asRoot: number) => {
    const scalars = { "set-user": "alice", "map-root-user": asRoot };
    const { uid, gid } = only(plan({ exports, scalars }), "ensure-directory");
    return [uid, gid];
  };
  assert.deepEqual([owner(0), owner(1)], [[1000, 100], [0, 0]]);
});

Deno.test("mounts have the node's ids, and one for what the launcher makes before it gets its owner", () => {
  const exports = [{ mode: "Public", mount: "/d", path: "/d" }] as const;
  const { uidMaps, gidMaps } = only(plan({ exports }), "id-map");
  assert.deepEqual(uidMaps, [...RANGE, { inside: 65_536, outside: 0, count: 1 }]);
  assert.deepEqual(gidMaps, uidMaps);
  assert.deepEqual(all(plan({ exports: [{ ...exports[0], mode: "Restricted" }] }), "id-map"), [], "none needs it");
});

Deno.test("ids that the node does not have are refused, with their place", () => {
  assert.equal(identity({ scalars: { "set-user": "65535" } }).uid, 65_535);
  const written = [{ "set-user": "65536" }, { "set-user": "65536", "set-group": "0" }, {
    "set-user": "0",
    "set-group": "65536",
  }];
  for (const scalars of written) {
    const { code, exit, where } = failure(() => plan({ scalars }));
    assert.deepEqual([code, exit, where?.line], ["E_ID_RANGE", 3, 1]);
    assert.ok(plan({ scalars }, { hostIds: true }));
  }
});

Deno.test("who is not privileged keeps the groups that cannot be dropped", () => {
  const { dropGroups, denySetgroups, uidMaps, gidMaps } = identity({}, { uid: 1001, gid: 1002 });
  assert.deepEqual([dropGroups, denySetgroups], [false, true]);
  assert.deepEqual([uidMaps, gidMaps], [map(1001, 1001), map(1002, 1002)]);
});

const user = { facts: { uid: 1000, gid: 100 } };
const devices: ConfigFixture = { exports: [{ mode: "Devfs", mount: "/dev", path: "" }] };

Deno.test("who is not privileged is 0 while a devpts is made, and himself in a user namespace inside", () => {
  const result = plan(devices, user);
  assert.deepEqual(only(result, "clone").uidMaps, map(0, 1000));
  const { uidMaps, gidMaps } = only(result, "nest-user-namespace");
  assert.deepEqual([uidMaps, gidMaps], [map(1000, 0), map(100, 0)]);
  const { uid, gid } = only(result, "identity");
  const [{ uid: owner } = { uid: -1 }] = all(result, "tmpfs");
  assert.deepEqual([uid, gid, owner, only(result, "root").uid], [1000, 100, 0, 0]);
});

Deno.test("without a devpts, and for who is 0 inside, one user namespace is enough", () => {
  for (const [config, inside] of [[{}, 1000], [{ ...devices, scalars: { "map-root-user": 1 } }, 0]] as const) {
    const result = plan(config, user);
    assert.deepEqual(all(result, "nest-user-namespace"), []);
    assert.deepEqual(only(result, "clone").uidMaps, map(inside, 1000));
  }
});

Deno.test("a program that may mount is in a user namespace where the node's mounts are locked", () => {
  const capabilities = [{ cap: "CAP_SYS_ADMIN", add: true }];
  const result = plan({ capabilities, scalars: { "map-root-user": 1 } }, user);
  assert.deepEqual(only(result, "nest-user-namespace").uidMaps, map(0, 0));
  assert.deepEqual(all(plan({ capabilities }), "nest-user-namespace"), [], "for root they are so by being copies");
});

Deno.test("who is not privileged cannot be somebody else", () => {
  for (const scalars of [{ "set-user": "1001" }, { "set-group": "audio" }]) {
    const error = failure(() => plan({ scalars }, user));
    assert.deepEqual([error.code, error.exit, error.where?.line], ["E_NOT_PERMITTED", 5, 1]);
  }
  assert.equal(only(plan({ scalars: { "set-user": "alice" } }, user), "identity").uid, 1000);
});

Deno.test("users and groups are names or numbers", () => {
  const byName = identity({ scalars: { "set-user": "alice", "set-group": "audio" } });
  const byNumber = identity({ scalars: { "set-user": "1000", "set-group": "029" } });
  assert.deepEqual(byNumber, byName);
  assert.deepEqual([byName.uid, byName.gid, byName.owner], [1000, 29, [BASE + 1000, BASE + 29]]);
});

Deno.test("map-root-user makes the ids inside 0; those outside stay where they are the host's", () => {
  const config = { scalars: { "set-user": "alice", "set-group": "audio", "map-root-user": -1 } };
  const own = identity(config);
  assert.deepEqual([own.uid, own.gid, own.owner, own.uidMaps], [0, 0, [BASE, BASE], RANGE]);
  const { uidMaps, gidMaps } = only(plan(config, { hostIds: true }), "clone");
  assert.deepEqual([uidMaps, gidMaps], [map(0, 1000), map(0, 29)]);
  assert.deepEqual(identity({ scalars: { "set-user": "alice", "map-root-user": 0 } }).uid, 1000);
});

Deno.test("without a new user namespace nothing is mapped, and map-root-user is warned of", () => {
  for (const user of ["enabled", { join: "/proc/7/ns/user" }] as const) {
    const config: ConfigFixture = { sharing: { user }, scalars: { "set-user": "alice", "map-root-user": 1 } };
    const { uid, uidMaps, gidMaps, denySetgroups } = identity(config);
    assert.deepEqual([uid, uidMaps, gidMaps, denySetgroups], [1000, [], [], false]);
    assert.deepEqual(plan(config).warnings.map(({ code }) => code), ["W_MAP_ROOT_USER"]);
  }
});

Deno.test("ids of a joined user namespace are its own, and what is made stays the launcher's", () => {
  const config: ConfigFixture = { sharing: { user: { join: "/u" } }, scalars: { "set-user": "7", "set-group": "8" } };
  const { uid, gid, owner } = identity(config, { uid: 0, gid: 5 });
  assert.deepEqual([uid, gid, owner], [7, 8, [0, 5]]);
});

Deno.test("who has subordinate ids is himself inside, with all others from them, and drops the groups", () => {
  const facts = { uid: 1000, gid: 100, subordinateIds: () => ({ uid: 200_000, gid: 300_000 }) };
  for (const config of [{}, devices]) {
    const result = plan(config, { facts });
    const { uidMaps, gidMaps, denySetgroups } = only(result, "clone");
    assert.deepEqual([all(result, "nest-user-namespace"), denySetgroups, only(result, "identity").dropGroups], [
      [],
      false,
      true,
    ]);
    assert.deepEqual(uidMaps, [
      { inside: 0, outside: 200_000, count: 1000 },
      { inside: 1000, outside: 1000, count: 1 },
      { inside: 1001, outside: 201_000, count: 64_535 },
    ]);
    assert.deepEqual(gidMaps.map(({ inside, outside, count }) => [inside, outside, count]), [
      [0, 300_000, 100],
      [100, 100, 1],
      [101, 300_100, 65_435],
    ]);
  }
  assert.deepEqual(only(plan({ scalars: { "map-root-user": 1 } }, { facts }), "clone").uidMaps, [
    { inside: 0, outside: 1000, count: 1 },
    { inside: 1, outside: 200_000, count: 65_535 },
  ]);
  assert.deepEqual(only(plan({}, { facts: { ...facts, uid: 70_000 } }), "clone").uidMaps, [
    { inside: 0, outside: 200_000, count: 65_536 },
    { inside: 70_000, outside: 70_000, count: 1 },
  ]);
});

Deno.test("subordinate ids change nothing for root, with CAP_SYS_ADMIN, without a user namespace, and for redpak 2.5", () => {
  const subordinateIds = () => ({ uid: 200_000, gid: 300_000 });
  const groups = (config: ConfigFixture, { uid = 1000, compat = false } = {}) =>
    only(plan(config, { compat, facts: { uid, gid: uid, subordinateIds } }), "clone").denySetgroups;
  assert.equal(groups({}, { uid: 0 }), false);
  assert.deepEqual(only(plan({}, { facts: { subordinateIds } }), "clone").uidMaps, RANGE);
  assert.equal(groups({ capabilities: [{ cap: "CAP_SYS_ADMIN", add: true }] }), true);
  assert.equal(groups({}, { compat: true }), true);
});
