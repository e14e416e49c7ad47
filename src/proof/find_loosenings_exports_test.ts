import { deepEqual } from "node:assert/strict";
import { makeFamily } from "../config/_fixtures.ts";
import type { Export } from "../config/schema.ts";
import { CHILD, exported, find, OPTIONS, PARENT, short } from "./_loosenings.ts";
import { findLoosenings } from "./find_loosenings.ts";

const OUTSIDE = 'what lies in "/p/c" or is exported by the parent can be exported here';

Deno.test("a child exports of the host what its parent exports, nothing else", () => {
  const parent: Export[] = [{ mode: "Restricted", mount: "/lib", path: "/usr/lib" }];
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/usr/lib/./gcc/" }], parent), []);
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/usr/lib/../bin" }], parent), [[
    "E_LOOSENED_EXPORT",
    `Cannot export "/usr/bin": not exported by ${PARENT}:1:1`,
    `${CHILD}:1:2`,
    OUTSIDE,
  ]]);
  deepEqual(
    exported([{ mode: "Restricted", mount: "/usr" }], parent)[0]?.[1],
    `Cannot export "/usr": not exported by ${PARENT}:1:1`,
  );
  deepEqual(exported([{ mode: "Restricted", mount: "/lib", path: "/usr/libexec" }], parent).length, 1);
});

Deno.test("read-only stays read-only, whatever the mount point and mode", () => {
  for (const mode of ["Public", "Private", "PublicFile", "PrivateFile"] as const) {
    for (const mount of ["/usr", "/x"]) {
      deepEqual(exported([{ mode, mount, path: "/usr" }], [{ mode: "Restricted", mount: "/usr" }]), [[
        "E_LOOSENED_EXPORT",
        `Cannot export "/usr" for writing: read-only by ${PARENT}:1:2`,
        `${CHILD}:1:2`,
        `mode ${mode.endsWith("File") ? "RestrictedFile" : "Restricted"} can be used here`,
      ]]);
    }
  }
  for (const mode of ["Restricted", "PrivateRestricted", "RestrictedFile", "Public"] as const) {
    deepEqual(exported([{ mode, mount: "/x", path: "/usr" }], [{ mode: "Public", mount: "/usr" }]), []);
  }
});

Deno.test("what a parent keeps private is not for its children", () => {
  for (const mode of ["Private", "PrivateFile"] as const) {
    deepEqual(exported([{ mode: "Restricted", mount: "/h" }], [{ mode, mount: "/h" }])[0]?.[0], "E_LOOSENED_EXPORT");
  }
  deepEqual(exported([{ mode: "Restricted", mount: "/h" }], [{ mode: "PrivateRestricted", mount: "/h" }]), []);
});

Deno.test("a child's own directory is its own, its parent's and its siblings' are not", () => {
  const own = (path: string) => exported([{ mode: "Public", mount: "/data", path }], []);
  deepEqual(own("/p/c"), []);
  deepEqual(own("/p/c/data"), []);
  for (const path of ["/p", "/p/sub", "/p/cc", "/p/c/../d"]) deepEqual(own(path)[0]?.[0], "E_LOOSENED_EXPORT", path);
});

Deno.test("a child may put its own files in the place of a parent's export", () => {
  deepEqual(
    exported([{ mode: "Public", mount: "/usr", path: "$NODE_PATH/usr" }], [{ mode: "Restricted", mount: "/usr" }]),
    [],
  );
  deepEqual(exported([{ mode: "Tmpfs", mount: "/usr" }], [{ mode: "Restricted", mount: "/usr" }]), []);
});

const HIDDEN: Export[] = [{ mode: "Public", mount: "/srv" }, { mode: "Tmpfs", mount: "/srv/keys" }];
const GUARDED: Export[] = [{ mode: "Public", mount: "/srv" }, { mode: "Restricted", mount: "/srv/conf" }];

Deno.test("what a parent hides below an export stays hidden", () => {
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/srv/keys/a" }], HIDDEN)[0]?.slice(1, 3), [
    `Cannot export "/srv/keys/a": hidden by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
  ]);
  deepEqual(exported([{ mode: "Restricted", mount: "/x", path: "/srv" }], HIDDEN)[0]?.slice(1, 3), [
    `Cannot export "/srv" with "/srv/keys" in it: hidden by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
  ]);
  deepEqual(
    exported([{ mode: "Public", mount: "/x", path: "/srv" }, { mode: "Tmpfs", mount: "/x/keys" }], HIDDEN),
    [],
    "unless the child hides it too",
  );
});

Deno.test("what a parent protects below a writable export stays protected", () => {
  deepEqual(exported([{ mode: "Public", mount: "/x", path: "/srv" }], GUARDED)[0]?.slice(1), [
    `Cannot export "/srv" for writing with "/srv/conf" in it: read-only by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
    "mode Restricted can be used here",
  ]);
  deepEqual(
    exported([{ mode: "Public", mount: "/srv/conf" }], GUARDED)[0]?.[1],
    `Cannot export "/srv/conf" for writing: read-only by ${PARENT}:2:2`,
  );
});

Deno.test("an export that hides something is not replaced by one that does not", () => {
  const replace = (entry: Partial<Export>) =>
    exported([{ mode: "Anonymous", mount: "/srv/keys", ...entry }], HIDDEN).map((finding) => finding.slice(0, 3));
  const refused = [[
    "E_LOOSENED_EXPORT",
    `Cannot replace the export at "/srv/keys" that hides "/srv/keys": hidden by ${PARENT}:2:2`,
    `${CHILD}:1:2`,
  ]];
  deepEqual(replace({}), refused);
  deepEqual(replace({ mode: "Symlink", path: "/" }), refused);
  deepEqual(replace({ mode: "Restricted", path: "/p/c/none", optional: true }), refused);
  deepEqual(replace({ mode: "Restricted", path: "/p/c/none" }), []);
});

Deno.test("a parent's own line is its own decision, also where it differs from leaf to leaf", () => {
  const parent: Export[] = [
    { mode: "Public", mount: "/run/user/$UID" },
    { mode: "Public", mount: "/data", path: "/srv/$LEAF_ALIAS" },
    { mode: "Public", mount: "/$LEAF_INFO", path: "/srv/info/$LEAF_INFO", optional: true },
  ];
  deepEqual(find({ config: { "set-user": "driver" } }, { exports: parent }), []);
  const family = (info: string) =>
    makeFamily({ path: "/p/c", headers: { info } }, {
      path: "/p",
      headers: { info: "i" },
      normal: { exports: parent },
    });
  deepEqual(findLoosenings(family("other"), OPTIONS), []);
  deepEqual(short(findLoosenings(family("../../etc"), OPTIONS)).map(([, message]) => message), [
    `Cannot export "/etc" for writing: not exported by ${PARENT}:1:1`,
    `Cannot export "/srv/c" for writing: not exported by ${PARENT}:1:1`,
  ], "nothing that is made of a header which is no name");
  for (const info of [".", "", "a/b"]) {
    deepEqual(findLoosenings(family(info), OPTIONS).map(({ code }) => code).includes("E_LOOSENED_EXPORT"), true, info);
  }
});

Deno.test("what a parent hides for itself stays hidden, where it hides something else for another leaf", () => {
  const parent: Export[] = [
    { mode: "Restricted", mount: "/e", path: "/etc" },
    { mode: "Tmpfs", mount: "/e/$LEAF_ALIAS" },
  ];
  deepEqual(find({}, { exports: parent }).map(([, message]) => message), [
    `Cannot export "/etc" with "/etc/p" in it: hidden by ${PARENT}:2:2`,
  ]);
});

Deno.test("proc, dev and message queues are mounted where the parent has them", () => {
  for (const mode of ["Procfs", "Devfs", "Mqueue"] as const) {
    deepEqual(exported([{ mode, mount: "/x" }], [{ mode, mount: "/y" }]), []);
    deepEqual(exported([{ mode, mount: "/x" }], []), [[
      "E_LOOSENED_EXPORT",
      `Cannot mount ${mode} at "/x": not exported by ${PARENT}:1:1`,
      `${CHILD}:1:2`,
      `${mode} can be exported where the parent does`,
    ]]);
  }
});

Deno.test("modes that show nothing of the host need no permission", () => {
  for (const mode of ["Anonymous", "Symlink", "Execfd", "Internal", "Tmpfs", "Lock"] as const) {
    deepEqual(exported([{ mode, mount: "/x", path: "0" }], []), []);
  }
});

Deno.test("a source that depends on a command is judged when its output is known", () => {
  const child: Export[] = [{ mode: "Public", mount: "/x", path: "$(where)" }];
  deepEqual(exported(child, []), []);
  deepEqual(exported(child, [], { outputs: new Map([["where", "/p/c/x"]]) }), []);
  deepEqual(
    exported(child, [], { outputs: new Map([["where", "/etc"]]) })[0]?.[1],
    `Cannot export "/etc" for writing: not exported by ${PARENT}:1:1`,
  );
});

Deno.test("where a parent follows no links in an export, a child follows none, wherever it shows that", () => {
  const data: Export = { mode: "Public", mount: "/data", path: "/srv/data" };
  const strict: Export = { ...data, nosymfollow: true };
  deepEqual(exported([data], [strict]), [[
    "E_LOOSENED_NOSYMFOLLOW",
    `Cannot follow links in "/data": nosymfollow of "/srv/data" by ${PARENT}:1:2`,
    `${CHILD}:1:2`,
    "set nosymfollow to true here",
  ]]);
  deepEqual(exported([strict], [strict]), []);
  deepEqual(exported([], [strict]), []);
  deepEqual(exported([strict], [data]), []);
  const part: Export = { mode: "Restricted", mount: "/part", path: "/srv/data/part" };
  deepEqual(exported([part], [strict]).map(([code]) => code), ["E_LOOSENED_NOSYMFOLLOW"]);
  deepEqual(exported([part], [strict, { ...data, mount: "/other" }]), [], "the parent itself shows it otherwise, too");
  deepEqual(exported([{ ...data, mount: "/own", path: "/p/c/data" }], [strict]), []);
});
