import assert from "node:assert/strict";
import { FACTS, makeNode } from "./_fixtures.ts";
import { resolveIdentity } from "./identity.ts";
import type { Sourced } from "./merged.ts";

const node = makeNode({ path: "/n" });
const sourced = (value: string): Sourced<string> => ({
  value,
  node,
  part: "normal",
  where: { file: "/n/etc/redpak.yaml", line: 7, column: 3 },
});

function ids(user?: string, group?: string): [number, number] {
  const { ids: { uid, gid }, problems } = resolveIdentity(
    user === undefined ? undefined : sourced(user),
    group === undefined ? undefined : sourced(group),
    FACTS,
  );
  assert.deepEqual(problems, []);
  return [uid, gid];
}

Deno.test("the program is the launcher, or whom set-user and set-group name", () => {
  assert.deepEqual(ids(), [1000, 100]);
  assert.deepEqual(ids(undefined, "can"), [1000, 79]);
  assert.deepEqual(ids("12", "13"), [12, 13]);
  assert.deepEqual(ids("4294967294", "0"), [4294967294, 0]);
});

Deno.test("a user without a group brings its own, never the launcher's", () => {
  assert.deepEqual(ids("driver"), [77, 78]);
  assert.deepEqual(ids("4242"), [4242, 4242]);
});

Deno.test("unknown users and groups are errors with their place", () => {
  for (
    const name of ["bob", "", "-1", "+0", " 1", "1 ", "1.5", "1e3", "0x0", "0x10", "４", "4294967295", "4294967296"]
  ) {
    const { problems } = resolveIdentity(sourced(name), sourced(name), FACTS);
    assert.deepEqual(problems.map(({ code, where }) => [code, where?.line]), [
      ["E_USER_UNKNOWN", 7],
      ["E_GROUP_UNKNOWN", 7],
    ], name);
  }
});
