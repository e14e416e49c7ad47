import assert from "node:assert/strict";
import { readSpecial } from "./read_special.ts";

Deno.test("files of /proc, which have no size, are read to their end", () => {
  assert.match(readSpecial("/proc/self/status"), /^CapBnd:/m);
  assert.match(readSpecial("/proc/self/maps"), /libc\.so\.6/);
});

Deno.test("an absent file is an error with its errno", () => {
  assert.throws(() => readSpecial("/proc/self/absent"), { errno: "ENOENT" });
});
