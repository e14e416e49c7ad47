import assert from "node:assert/strict";
import { packageMatcher } from "./match_pattern.ts";

const KERNEL = { name: "kernel-core", evr: "2:6.1-3.fc40", arch: "x86_64" };
const LIB = { name: "libstdc++", evr: "1.0-1", arch: "noarch" };

function matches(pattern: string, nevra = KERNEL): boolean {
  return packageMatcher([pattern])(nevra);
}

Deno.test("a pattern means a package by its name, version, release and architecture", () => {
  for (
    const pattern of [
      "kernel-core",
      "kernel-core.x86_64",
      "kernel-core-6.1",
      "kernel-core-6.1-3.fc40",
      "kernel-core-6.1-3.fc40.x86_64",
      "kernel-core-2:6.1-3.fc40",
      "kernel-core-2:6.1-3.fc40.x86_64",
    ]
  ) assert(matches(pattern), pattern);
  assert(matches("libstdc++-0:1.0-1", LIB));
  for (const pattern of ["kernel", "core", "Kernel-core", "kernel-core.noarch", "kernel-core-6", ""]) {
    assert(!matches(pattern), pattern);
  }
});

Deno.test("stars, question marks and brackets stand for letters, everything else for itself", () => {
  for (const pattern of ["*", "kernel-*", "k?rnel-core", "[a-k]ernel-core", "[!x]ernel-core", "*.fc40.x86_64"]) {
    assert(matches(pattern), pattern);
  }
  for (const pattern of ["?", "[!k]ernel-core", "kernel.*", "[kernel-core", "(kernel-core)*"]) {
    assert(!matches(pattern), pattern);
  }
  assert(matches("libstdc++*", LIB));
  assert(matches("*+", LIB));
  assert(!matches("libstdc?*+-", LIB));
});

Deno.test("without patterns nothing is meant", () => {
  assert(!packageMatcher([])(KERNEL));
});
