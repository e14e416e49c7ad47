import assert from "node:assert/strict";
import { all, type ConfigFixture, failure, only, plan, type RequestFixture } from "./_fixtures.ts";
import { enterPlan } from "./enter_plan.ts";
import type { Operation } from "./operation.ts";

const NONE = { init: "none" } as const;
const DETACH = { detach: { log: "/log", message: ["a-", "\n"] } };

/** What is not the same in two plans. */
function difference(config: ConfigFixture, request: RequestFixture = {}): [Operation[], Operation[]] {
  const [usual, other] = [plan(), plan(config, request)].map(({ operations }) => operations) as [
    Operation[],
    Operation[],
  ];
  const without = (these: Operation[], those: Operation[]) => {
    const texts = those.map((operation) => JSON.stringify(operation, big));
    return these.filter((operation) => !texts.includes(JSON.stringify(operation, big)));
  };
  return [without(usual, other), without(other, usual)];
}

const big = (_: string, value: unknown) => typeof value === "bigint" ? `${value}n` : value;

Deno.test("init: none has PID 1 become the program, and nothing else is another", () => {
  const [left, added] = difference({ scalars: NONE });
  assert.deepEqual(left.map(({ operation }) => operation), ["fork"]);
  assert.deepEqual(added.map(({ operation, origin }) => [operation, origin?.line]), [["become-program", 1]]);
  assert.deepEqual(difference({ scalars: { init: "redpak" } })[1].map(({ operation }) => operation), ["fork"]);
});

Deno.test("without children of init, it makes the time namespace together with the others", () => {
  const result = plan({ scalars: NONE, sharing: { time: "disabled" } });
  assert.deepEqual(all(result, "unshare").map(({ namespaces }) => namespaces), [["mount"]]);
  assert.deepEqual(only(result, "clone").namespaces, ["time", "mount", "cgroup", "ipc", "user", "pid", "net"]);
});

Deno.test("what needs an init is refused without one, each with its place", () => {
  const refused = (config: ConfigFixture) => {
    const { code, message, exit, hints } = failure(() => plan(config));
    assert.deepEqual([code, exit, hints.length], ["E_INIT_NONE", 3, 2]);
    return message;
  };
  const first = "Cannot start the node without an init: ";
  for (const pid of ["enabled", { join: "/proc/1/ns/pid" }] as const) {
    assert.equal(
      refused({ scalars: NONE, sharing: { pid } }),
      `${first}it has no process ids of its own (/n/etc/redpak.yaml:1:1)`,
    );
  }
  const lock = { mode: "Lock", mount: "/tmp/lock", path: "/tmp/lock" } as const;
  const tmp = { mode: "Tmpfs", mount: "/tmp", path: "/tmp" } as const;
  assert.equal(
    refused({ scalars: NONE, exports: [tmp, lock] }),
    `${first}that holds the lock of /tmp/lock (/n/etc/redpak.yaml:2:1)`,
  );
  assert.match(refused({ scalars: { ...NONE, "die-with-parent": "Enabled" } }), /the program could outlive redpak/);
  plan({ scalars: { ...NONE, "die-with-parent": "Disabled" } });
});

Deno.test("a launcher that does not stay has the program in a session of its own, and says so before it starts anything", () => {
  const [, added] = difference({}, DETACH);
  assert.deepEqual(added, [{ operation: "detach", phase: "init", ...DETACH.detach }]);
  const names = plan({ scalars: { "new-session": "Disabled" } }, DETACH).operations.map(({ operation }) => operation);
  assert.ok(names.includes("session"));
  assert.ok(names.indexOf("detach") < names.indexOf("clone"));
});

Deno.test("what is to end with redpak is not detached", () => {
  const { code, exit, where } = failure(() => plan({ scalars: { "die-with-parent": "Enabled" } }, DETACH));
  assert.deepEqual([code, exit, where?.line], ["E_DETACH", 3, 1]);
});

Deno.test("who enters a node without an init is not its PID 1", () => {
  const request = { process: 7, namespaces: ["mount", "pid"], cgroups: [], limits: [], arguments: ["ls"] } as const;
  const [usual, none] = [plan(), plan({ scalars: NONE })].map((node) => enterPlan(node, request).operations);
  assert.deepEqual(none, usual);
});
