import assert from "node:assert/strict";
import { FACTS, makeFamily } from "./_fixtures.ts";
import { explainPath } from "./explain_path.ts";
import { mergeFamily } from "./merge.ts";
import type { Export } from "./schema.ts";

function explain(
  path: string,
  leaf: readonly Export[],
  parent: readonly Export[] = [],
  absent: readonly string[] = [],
) {
  const family = makeFamily({ path: "/p/c", normal: { exports: [...leaf] } }, {
    path: "/p",
    normal: { exports: [...parent] },
  });
  const merged = mergeFamily(family, { admin: false, facts: FACTS });
  const exists = (path: string) => !absent.includes(path);
  return explainPath(path, { family, merged, facts: FACTS, exists });
}

/** A line for each statement: what counts has a star. */
function lines(...question: Parameters<typeof explain>): string[] {
  return explain(...question).statements.map(({ says, counts, because }) =>
    `${counts ? "*" : "-"} ${says}: ${because}`
  );
}

const USR: Export = { mode: "Restricted", mount: "/usr" };
const PARENT = "/p/etc/redpak.yaml";
const CHILD = "/p/c/etc/redpak.yaml";

Deno.test("a path is shown by the export that contains it, from the same place below its source", () => {
  const { source, access, mode } = explain("/usr//lib/../bin/ls", [{ ...USR, path: "/opt/usr" }]);
  assert.deepEqual({ source, access, mode }, { source: "/opt/usr/bin/ls", access: "read-only", mode: "Restricted" });
  assert.equal(explain("/d/x", [{ mode: "Public", mount: "/d" }]).access, "writable");
  assert.equal(explain("/a", [{ mode: "Restricted", mount: "/", path: "/img" }]).source, "/img/a");
});

Deno.test("what decides about the node is read-only in a writable export", () => {
  const own: Export[] = [{ mode: "Private", mount: "/n", path: "$NODE_PATH" }];
  assert.equal(explain("/n/home/x", own).access, "writable");
  for (const path of ["/n/etc/redpak.yaml", "/n/.rednode.yaml", "/n/.redpak/x"]) {
    const { access, value } = explain(path, own);
    assert.equal(access, "read-only", path);
    assert.match(value ?? "", /read-only: it decides what confines the node$/);
  }
});

Deno.test("a path in a Devfs is the device that somebody has given, by the place of the Devfs", () => {
  const device = (path: string, access: "r" | "none") => ({ path, access });
  const family = makeFamily({
    path: "/p/c",
    normal: {
      exports: [{ mode: "Devfs", mount: "/hw" }],
      config: { devices: [device("/dev/bus/i2c-1", "r"), device("/dev/kvm", "none")] },
    },
  }, { path: "/p", normal: { exports: [] } });
  const merged = mergeFamily(family, { admin: false, facts: FACTS });
  const look = (path: string) => {
    const { value, source, access, statements } = explainPath(path, {
      family,
      merged,
      facts: FACTS,
      exists: () => true,
    });
    return [value, source, access, ...statements.filter(({ counts }) => counts).map(({ says }) => says)];
  };
  assert.deepEqual(look("/hw/bus/i2c-1"), [
    "the device /dev/bus/i2c-1 of the host, r",
    "/dev/bus/i2c-1",
    "read-only",
    "/dev/bus/i2c-1: r",
    "Devfs /hw",
  ]);
  assert.deepEqual(look("/hw/kvm"), ["no device of the host", null, null, "/dev/kvm: none", "Devfs /hw"]);
  assert.deepEqual(look("/hw/sda"), ["no device of the host, unless every Devfs has it", null, null, "Devfs /hw"]);
  assert.equal(look("/hw")[0], "part of /hw, Devfs");
});

Deno.test("the deepest mount point counts", () => {
  assert.deepEqual(lines("/usr/lib/x", [{ mode: "Tmpfs", mount: "/usr/lib" }], [USR]), [
    "* Tmpfs /usr/lib: it is the deepest mount point that contains the path",
    `- Restricted /usr: something else is mounted in it, by ${CHILD}:1:2`,
  ]);
});

Deno.test("a nearer node replaces an export of the same mount, written in any way", () => {
  assert.deepEqual(
    lines("/srv", [{ mode: "Tmpfs", mount: "/srv/" }], [{ mode: "Public", mount: "/$NODE_ALIAS/../srv" }]),
    [
      "* Tmpfs /srv/: it is the deepest mount point that contains the path",
      `- Public /$NODE_ALIAS/../srv: a nearer node says otherwise: ${CHILD}:1:2`,
    ],
  );
});

Deno.test("what an ancestor keeps private is named as the reason", () => {
  const parent: Export[] = [{ mode: "Private", mount: "/home" }];
  assert.equal(explain("/home/x", [], parent).value, "nothing: no export contains it");
  assert.deepEqual(lines("/home/x", [], parent), ["- Private /home: Private is for /p alone"]);
});

Deno.test("an optional export whose source is absent is passed over", () => {
  const leaf: Export[] = [{ mode: "Restricted", mount: "/usr/x", path: "/gone", optional: true }];
  assert.equal(explain("/usr/x", leaf, [USR], ["/gone"]).source, "/usr/x");
  assert.deepEqual(
    lines("/usr/x", leaf, [USR], ["/gone"])[0],
    "- Restricted /usr/x from /gone: it is optional, and there is no /gone",
  );
});

Deno.test("a directory that only leads to mount points says so", () => {
  assert.equal(
    explain("/a", [{ mode: "Restricted", mount: "/a/b/c", path: "/usr" }]).value,
    `a directory on the way to /a/b/c, which ${CHILD}:1:2 exports`,
  );
});

Deno.test("a link or a file is one entry, with nothing below it", () => {
  const link: Export = { mode: "Symlink", mount: "/lib", path: "usr/lib" };
  assert.equal(explain("/lib", [link]).value, "a link to usr/lib");
  assert.equal(explain("/lib/x", [link]).mode, null);
});

Deno.test("a lock shows nothing", () => {
  assert.equal(explain("/l", [{ mode: "Lock", mount: "/l" }]).value, "nothing: no export contains it");
});

Deno.test("who exports is named with the place", () => {
  assert.deepEqual(explain("/usr", [], [USR]).statements.map(({ node, where }) => [node, where.file]), [[
    "/p",
    PARENT,
  ]]);
});
