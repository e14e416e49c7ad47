import { deepEqual, match, throws } from "node:assert/strict";
import { FACTS, makeFamily, type NodeFixture } from "../config/_fixtures.ts";
import type { Export } from "../config/schema.ts";
import { CAPABILITIES } from "../plan/operation.ts";
import { add, CHILD, drop, type Files, keys, OPTIONS, PARENT, short } from "./_loosenings.ts";
import { findLoosenings } from "./find_loosenings.ts";

Deno.test("every ancestor counts; the nearest that objects is named, once", () => {
  const etc: Export = { mode: "Restricted", mount: "/etc" };
  const nodes = (middle: Files, leaf: Files): [NodeFixture, NodeFixture, NodeFixture] => [
    { path: "/p/c/d", normal: leaf },
    { path: "/p/c", normal: middle },
    { path: "/p" },
  ];
  const find = (middle: Files, leaf: Files) =>
    short(findLoosenings(makeFamily(...nodes(middle, leaf)), OPTIONS)).map(([, message, where]) => [message, where]);
  deepEqual(find({}, { exports: [etc] }), [
    [`Cannot export "/etc": not exported by ${CHILD}:1:1`, "/p/c/d/etc/redpak.yaml:1:2"],
  ]);
  deepEqual(find({ exports: [etc] }, {}), [[`Cannot export "/etc": not exported by ${PARENT}:1:1`, `${CHILD}:1:2`]]);
  deepEqual(find({ exports: [{ mode: "Public", mount: "/x", path: "/p/c/x" }] }, {}), [], "a directory on the way");
  deepEqual(find({}, { exports: [{ mode: "Public", mount: "/x", path: "/p/c/x" }] }).length, 1);
});

Deno.test("admin files are compared with admin files", () => {
  const kill = { config: { capabilities: [add("CAP_KILL")] } };
  const family = makeFamily({ path: "/p/c", admin: kill }, { path: "/p", admin: kill });
  deepEqual(findLoosenings(family, { ...OPTIONS, admin: true }), []);
  const drop = { config: { capabilities: [{ cap: "ALL", add: false }] } };
  const against = makeFamily({ path: "/p/c", admin: kill }, { path: "/p", admin: drop });
  deepEqual(
    findLoosenings(against, { ...OPTIONS, admin: true }).map(({ where, limit }) => [where?.file, limit?.file]),
    [
      ["/p/c/etc/redpak-admin.yaml", "/p/etc/redpak-admin.yaml"],
    ],
  );
  deepEqual(findLoosenings(against, OPTIONS), []);
});

Deno.test("an admin file may take back what normal files restrict, and nothing else may", () => {
  const loose: Files = {
    exports: [{ mode: "Public", mount: "/etc" }],
    config: { share_net: "enabled", capabilities: [add("CAP_KILL")], seccomp: "none", "inherit-env": true },
  };
  const parent: NodeFixture = { path: "/p", normal: { config: { share_net: "disabled", seccomp: "strict" } } };
  const admin = { ...OPTIONS, admin: true };
  deepEqual(findLoosenings(makeFamily({ path: "/p/c", admin: loose }, parent), admin), []);
  deepEqual(findLoosenings(makeFamily({ path: "/p/c/d" }, { path: "/p/c", admin: loose }, parent), admin), []);
  const normal = makeFamily({ path: "/p/c", normal: { ...loose, config: { seccomp: "none" } } }, parent);
  deepEqual(findLoosenings(normal, admin).length, 2);
});

Deno.test("an admin file that an ancestor's programs can write takes nothing back, whichever mode they can write it in", () => {
  const admin: Files = { config: { capabilities: [add("CAP_KILL")] } };
  const drop = { config: { capabilities: [{ cap: "ALL", add: false }] } };
  const own: Files = { exports: [{ mode: "Private", mount: "/n", path: "$NODE_PATH" }] };
  const loosened = (parent: Omit<NodeFixture, "path">, ...rest: NodeFixture[]) =>
    findLoosenings(makeFamily({ path: "/p/c/d", admin }, { path: "/p/c", ...parent }, ...rest), {
      ...OPTIONS,
      admin: true,
    });
  for (const parent of [{ normal: { ...drop, ...own } }, { normal: drop, admin: own }]) {
    const [problem, ...others] = loosened(parent);
    deepEqual([problem?.code, others], ["E_LOOSENED_CAPABILITY", []]);
    match(problem?.hints?.at(-1) ?? "", /^programs of "\/p\/c" can write this admin file/);
  }
  deepEqual(loosened({ normal: drop }), []);
  const above: NodeFixture = { path: "/p", normal: drop };
  deepEqual(loosened({ admin: own }, above).length, 1, "whoever says the limit");
  deepEqual(loosened({}, { ...above, admin: own }).length, 1);
  const elsewhere: Files = { exports: [{ mode: "Public", mount: "/n", path: "/p/c/data" }] };
  deepEqual(loosened({ normal: { ...drop, ...elsewhere } }), []);
  const readOnly: Files = { exports: [{ mode: "Restricted", mount: "/n", path: "/p" }] };
  deepEqual(loosened({ normal: { ...drop, ...readOnly } }), []);
});

Deno.test("an ancestor that contradicts itself grants nothing", () => {
  const family = makeFamily(
    { path: "/p/c/d", normal: { config: { share_net: "disabled" } } },
    { path: "/p/c", normal: { config: { share_net: "enabled" } } },
    { path: "/p", normal: { config: { share_net: "disabled" } } },
  );
  deepEqual(findLoosenings(family, OPTIONS).map(({ code, where }) => [code, where?.file]), [
    ["E_SHARE_LOOSENED", CHILD],
  ]);
});

Deno.test("a leaf that cannot be merged cannot be compared", () => {
  const family = makeFamily(
    { path: "/p/c", normal: { config: { share_net: "enabled" } } },
    { path: "/p", normal: { config: { share_net: "disabled" } } },
  );
  throws(() => findLoosenings(family, OPTIONS), { code: "E_MERGE" });
});

Deno.test("a node without ancestors is not even merged", () => {
  const facts = new Proxy(FACTS, {
    get: () => {
      throw new Error("looked at");
    },
  });
  deepEqual(findLoosenings(makeFamily({ path: "/p" }), { admin: false, facts }), []);
});

const compat = (child: Files, parent: Files) => {
  const family = makeFamily({ path: "/p/c", normal: child }, { path: "/p", normal: parent });
  return short(findLoosenings(family, { ...OPTIONS, compat: true }));
};

Deno.test("mounts and names that are merged as redpak 2.5 does are compared by what they come to", () => {
  const parent: Files = {
    exports: [{ mode: "Restricted", mount: "/d/", path: "/srv/" }, { mode: "Tmpfs", mount: "/d//x/" }],
    config: { capabilities: [add("cap_kill"), add("Cap_Chown")] },
  };
  const same: Files = {
    exports: [{ mode: "Restricted", mount: "//e", path: "//srv" }, { mode: "Tmpfs", mount: "/e/x" }],
    config: { capabilities: [add("CAP_kill"), drop("all")] },
  };
  deepEqual(compat(same, parent), []);
  deepEqual(
    compat({ exports: [{ mode: "Public", mount: "/D/", path: "/srv" }] }, parent).map(([code, , at]) => [code, at]),
    [
      ["E_LOOSENED_EXPORT", "/p/c/etc/redpak.yaml:1:2"],
    ],
  );
  deepEqual(compat({ config: { capabilities: [add("All")] } }, parent).map(([code, message]) => [code, message]), [[
    "E_LOOSENED_CAPABILITY",
    `Cannot add ALL capabilities: CAP_DAC_OVERRIDE and ${
      CAPABILITIES.length - 3
    } others are not granted by ${PARENT}:1:2`,
  ]]);
});

Deno.test("of two exports at one place the later covers the earlier", () => {
  const [passwords, cover]: Export[] = [
    { mode: "Restricted", mount: "/d", path: "/etc" },
    { mode: "Tmpfs", mount: "/d/" },
  ];
  const grant: Files = { exports: [{ mode: "Restricted", mount: "/x", path: "/etc" }] };
  if (passwords === undefined || cover === undefined) return;
  deepEqual(compat({ exports: [passwords, cover] }, {}), []);
  deepEqual(compat(grant, { exports: [passwords, cover] }).length, 1);
  deepEqual(compat(grant, { exports: [passwords] }), []);
});

Deno.test("a flag that redpak 2.5 keeps from the parent is no loosening, one that it takes back is", () => {
  deepEqual(compat({ config: { gpgcheck: false } }, { config: { gpgcheck: true } }), []);
  deepEqual(keys({ gpgcheck: false }, { gpgcheck: true }).length, 1);
  const session = { config: { "new-session": "Disabled" as const } };
  deepEqual(compat(session, { config: { "new-session": "Enabled" } }).map(([code]) => code), [
    "E_LOOSENED_NEW_SESSION",
  ]);
});
