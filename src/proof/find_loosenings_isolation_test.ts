import { deepEqual } from "node:assert/strict";
import { CAPABILITIES } from "../plan/operation.ts";
import { add, CHILD, drop, type Keys, keys, PARENT } from "./_loosenings.ts";

Deno.test("share_all of a child is resolved before it is compared", () => {
  const looser = ["cgroup", "pid", "net"];
  deepEqual(
    keys({ share_all: "enabled" }, { share_ipc: "disabled", share_user: "enabled" }),
    looser.map((name) => [
      "E_LOOSENED_NAMESPACE",
      `Cannot share the ${name} namespace: kept separate by ${PARENT}:1:2`,
      `${CHILD}:1:2`,
      `share_${name} can be disabled here`,
    ]),
  );
});

Deno.test("a key of a child does not evade share_all of its parent", () => {
  deepEqual(keys({ share_net: "enabled" }, { share_all: "disabled" }), [[
    "E_LOOSENED_NAMESPACE",
    `Cannot share the net namespace: kept separate by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    "share_net can be disabled here",
  ]]);
});

Deno.test("what a parent joins, a child joins or keeps for itself", () => {
  const parent: Keys = { share_net: { join: "/ns/a" } };
  deepEqual(keys({ share_net: { join: "/ns/a" } }, parent), []);
  deepEqual(keys({ share_net: { join: "/ns/b" } }, { share_net: "enabled" }), []);
  deepEqual(keys({ share_net: { join: "/ns/b" } }, parent), [[
    "E_LOOSENED_NAMESPACE",
    `Cannot join the net namespace "/ns/b": "/ns/a" is joined by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    'share_net can be disabled or "/ns/a" here',
  ]]);
  deepEqual(keys({ share_net: "enabled" }, parent).map(([, message]) => message), [
    `Cannot share the net namespace: "/ns/a" is joined by ${PARENT}:1:2`,
  ]);
});

Deno.test("time is shared unless somebody says otherwise", () => {
  deepEqual(keys({ share_time: "enabled" }, {}), []);
  deepEqual(keys({ share_time: "enabled" }, { share_time: { join: "/ns/t" } }).length, 1);
});

Deno.test("capabilities are compared as sets, whatever the spelling and ALL", () => {
  deepEqual(keys({ capabilities: [add("cap_kill")] }, { capabilities: [drop("ALL")] }), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add capability "CAP_KILL": not granted by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "no capability can be added here",
  ]]);
  deepEqual(keys({ capabilities: [add("CAP_KILL")] }, { capabilities: [add("ALL")] }), []);
  deepEqual(keys({ capabilities: [add("ALL")] }, { capabilities: CAPABILITIES.map(add) }), []);
  deepEqual(keys({ capabilities: [add("KILL")] }, { capabilities: [drop("CAP_KILL"), add("CHOWN")] }), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add capability "CAP_KILL": not granted by ${PARENT}:1:3`,
    `${CHILD}:1:3`,
    "CAP_CHOWN can be added here",
  ]]);
});

Deno.test("capabilities that nobody mentions are not granted", () => {
  deepEqual(keys({ capabilities: [drop("X"), add("ALL")] }, {}), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add ALL capabilities: CAP_CHOWN and ${CAPABILITIES.length - 1} others are not granted by ${PARENT}:1:2`,
    `${CHILD}:2:3`,
    "no capability can be added here",
  ]]);
});

Deno.test("a child adds all but what its parent drops one by one", () => {
  deepEqual(
    keys({ capabilities: [add("ALL"), drop("CAP_BPF")] }, { capabilities: [add("ALL"), drop("BPF"), drop("KILL")] }),
    [],
    "the parent's own drop of CAP_KILL is inherited",
  );
  deepEqual(
    keys({ capabilities: [add("CAP_BPF")] }, { capabilities: [add("ALL"), drop("BPF"), drop("KILL")] })[0]?.slice(1),
    [
      `Cannot add capability "CAP_BPF": not granted by ${PARENT}:2:3`,
      `${CHILD}:1:3`,
      "all but CAP_KILL, CAP_BPF can be added here",
    ],
  );
});
