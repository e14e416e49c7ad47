import assert from "node:assert/strict";
import { FD } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { parseDescriptor } from "./status_report.ts";

Deno.test("a status descriptor is a number of one that the caller opened", () => {
  for (const text of ["1", "02"]) assert.equal(parseDescriptor(text), Number(text));
  for (const text of ["", "x", "-1", "1.5", "0x1", "--", "1023", "2147483648"]) {
    assert.throws(() => parseDescriptor(text), { code: "E_USAGE" }, text);
  }
});

Deno.test("a descriptor of the JavaScript runtime is none of the caller's", () => {
  assert.throws(() => parseDescriptor("1", { ...libc(), fcntl: () => FD.CLOEXEC }), { code: "E_USAGE" });
});
