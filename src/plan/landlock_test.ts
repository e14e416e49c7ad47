import * as assert from "node:assert/strict";
import { all, type ConfigFixture, failure, only, plan } from "./_fixtures.ts";

const landlock = (config: ConfigFixture = {}) => only(plan(config), "landlock");

Deno.test("what is exported for writing can be written, all below the root read, nothing else opened", () => {
  const { readable, writable } = landlock({
    exports: [
      { mode: "Restricted", mount: "/usr", path: "/usr" },
      { mode: "Public", mount: "/data", path: "/srv/data" },
      { mode: "RestrictedFile", mount: "/data/fixed", path: "/etc/fixed" },
      { mode: "Devfs", mount: "/dev", path: "" },
      { mode: "Procfs", mount: "/proc", path: "" },
      { mode: "Tmpfs", mount: "/tmp", path: "" },
      { mode: "Anonymous", mount: "/var", path: "" },
      { mode: "Tmpfs", mount: "/var/tmp", path: "" },
      { mode: "Symlink", mount: "/bin", path: "usr/bin" },
    ],
  });
  assert.deepEqual(readable, ["/"]);
  assert.deepEqual(writable, ["/data", "/dev", "/tmp", "/var", "/proc"]);
});

Deno.test("signals and abstract sockets stay among the restricted where the node meets others", () => {
  const own = landlock();
  assert.deepEqual([own.scopeSignals, own.scopeSockets], [false, false]);
  const shared = landlock({ sharing: { pid: "enabled", net: { join: "/run/netns/a" } } });
  assert.deepEqual([shared.scopeSignals, shared.scopeSockets], [true, true]);
});

Deno.test("what is asked for has to be there, what is not asked for may be missing", () => {
  const minimum = (scalars: ConfigFixture["scalars"]) => landlock({ scalars: scalars ?? {} }).minimum;
  assert.equal(minimum({}), 0);
  assert.equal(minimum({ landlock: "auto" }), 0);
  assert.equal(minimum({ landlock: "required" }), 1);
  assert.equal(minimum({ landlock: "required", "landlock-abi": 6 }), 6);
  assert.equal(minimum({ "landlock-abi": 5 }), 5);
});

Deno.test("TCP ports are limited by the lists that there are, and only by a kernel that can", () => {
  const none = landlock();
  assert.deepEqual([none.limitBind, none.limitConnect], [false, false]);
  const { minimum, limitBind, bind, limitConnect, connect } = landlock({ network: { bind: [80, 443], connect: [] } });
  assert.deepEqual([minimum, limitBind, bind, limitConnect, connect], [4, true, [80, 443], true, []]);
  assert.equal(landlock({ network: { bind: [1] }, scalars: { "landlock-abi": 6 } }).minimum, 6);
  assert.equal(landlock({ network: { bind: [1] }, capabilities: [{ cap: "CAP_SYS_ADMIN", add: true }] }).minimum, 4);
});

Deno.test("ports cannot be limited without Landlock", () => {
  const { code, where } = failure(() => plan({ network: { bind: [80] }, scalars: { landlock: "off" } }));
  assert.deepEqual([code, where?.line], ["E_NETWORK_LANDLOCK", 1]);
});

Deno.test("landlock is left out where it is off, and where a capability to mount would be of no use", () => {
  const capabilities = [{ cap: "CAP_SYS_ADMIN", add: true }];
  assert.deepEqual(all(plan({ scalars: { landlock: "off", "landlock-abi": 3 } }), "landlock"), []);
  assert.deepEqual(all(plan({ capabilities }), "landlock"), []);
  assert.equal(all(plan({ capabilities, scalars: { landlock: "auto" } }), "landlock").length, 1);
});

Deno.test("it comes before everything that takes something from the program's process", () => {
  const names = plan().operations.map(({ operation }) => operation);
  assert.equal(names.indexOf("landlock"), names.indexOf("fork") + 1);
});
