import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { cgroupNames } from "./cgroup_names.ts";

Deno.test("a group is named after its node's path below that of the parent", () => {
  assert.deepEqual(cgroupNames("/var/pak", undefined), ["node-var-pak"]);
  assert.deepEqual(cgroupNames("/var/pak/a", "/var/pak"), ["node-a"]);
  assert.deepEqual(cgroupNames("/var/pak/x/y-z", "/var/pak"), ["node-x-y\\x2dz"]);
  assert.deepEqual(cgroupNames("/a/b", "/"), ["node-a-b"]);
  assert.deepEqual(cgroupNames("/", undefined), ["node-"]);
  assert.deepEqual(cgroupNames("/é \n", undefined), ["node-\\xc3\\xa9\\x20\\x0a"]);
});

Deno.test("a path that is too long for a name has several", () => {
  const names = cgroupNames(`/${"a".repeat(450)}`, undefined);
  assert.deepEqual(names.map((name) => name.length), [205, 205, 55]);
  assert.deepEqual(names.map((name) => name.slice(0, 5)), ["part-", "part-", "node-"]);
});

const component = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 3 }).map((text) => text.replaceAll(/[/\0\ud800-\udfff]/gu, "-")),
  fc.constantFrom("a", "-", "x2d", "\\", ".", "é", "a".repeat(199), "a".repeat(200), "a".repeat(201)),
);
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`);

Deno.test("two paths never have the same names, and no name could be that of a file of the kernel", () => {
  fc.assert(fc.property(path, path, (one, other) => {
    const [names, others] = [cgroupNames(one, undefined), cgroupNames(other, undefined)];
    assert.equal(names.join("/") === others.join("/"), one === other);
    for (const name of names) assert.match(name, /^(?:node|part)-[A-Za-z0-9:_.\\-]{0,200}$/);
  }));
});
