import assert from "node:assert/strict";
import { checkContent } from "./check_content.ts";
import type { PackagedFile } from "./package_content.ts";

const FILE: PackagedFile = {
  path: "/usr/bin/tool",
  mode: 0o100755,
  flags: 0,
  size: 1,
  digest: "",
  target: "",
  user: "root",
  group: "root",
  capabilities: "",
};

const codes = (files: readonly PackagedFile[]) =>
  checkContent({
    package: { name: "one", evr: "1-1", arch: "noarch" },
    files,
    digestAlgorithm: 8,
    sysusers: [],
  }, []).map(({ code }) => code);

Deno.test("links of distributions are no attacks", () => {
  for (
    const [path, target] of [
      ["/lib", "usr/lib"],
      ["/var/run", "/run"],
      ["/usr/lib/libx.so", "libx.so.1"],
      ["/usr/bin/x", "../lib/x/bin/x"],
      ["/usr/bin/editor", "/etc/alternatives/editor"],
      ["/var/lib/rpm", "../../usr/lib/sysimage/rpm"],
      ["/usr/share/a b", "ü"],
    ] as const
  ) assert.deepEqual(codes([{ ...FILE, path, target, mode: 0o120777 }]), [], path);
});

Deno.test("a link may climb as far as the node's root, and not one step further", () => {
  const link = (target: string) => codes([{ ...FILE, path: "/a/b/c", target, mode: 0o120777 }]);
  assert.deepEqual(link("../.."), []);
  assert.deepEqual(link("../../.."), ["E_PACKAGE_PATH"]);
  assert.deepEqual(link("d/../../../x"), []);
  assert.deepEqual(link("d/../../../../x"), ["E_PACKAGE_PATH"]);
  assert.deepEqual(link("./../.././x"), []);
});

Deno.test("directories may be everybody's where nobody can remove what others have put there", () => {
  assert.deepEqual(codes([{ ...FILE, mode: 0o041777 }]), []);
  assert.deepEqual(codes([{ ...FILE, mode: 0o042775 }]), []);
  assert.deepEqual(codes([{ ...FILE, mode: 0o040777 }]), ["E_PACKAGE_PRIVILEGE"]);
});

Deno.test("a package has no more files than anybody could use [H08]", () => {
  assert.deepEqual(codes(new Array(1000).fill(FILE)), []);
  assert.deepEqual(codes(new Array(1_000_001).fill(FILE)), ["E_PACKAGE_PATH"]);
});
