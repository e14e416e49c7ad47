import assert from "node:assert/strict";
import { recordingKernel } from "../../ffi/libc/recording_kernel.ts";
import { RedpakError } from "../core/error.ts";
import { closeToOthers } from "./close_to_others.ts";

const FILES = {
  "/n": "directory",
  "/n/etc": "directory",
  "/n/etc/file": "file",
  "/n/link": { link: "etc" },
  "/n/etc/link": { link: "file" },
} as const;

Deno.test("what was opened is what is changed, and no name is used twice", () => {
  const { kernel, calls } = recordingKernel(FILES);
  closeToOthers("/n/etc/file", kernel);
  const opened = calls.findLastIndex((call) => call.startsWith("openat("));
  assert.match(calls[opened] ?? "", /"file", .*O_NOFOLLOW/);
  assert.equal(calls.filter((call) => call.includes('"file"')).length, 1);
  assert(calls.findIndex((call) => call.startsWith("fchmod(")) > opened);
});

Deno.test("a link on the way is refused", () => {
  const { kernel, calls } = recordingKernel(FILES);
  assert.throws(
    () => closeToOthers("/n/link/file", kernel),
    (error) => error instanceof RedpakError && error.code === "E_NOT_REGULAR",
  );
  assert(!calls.some((call) => call.startsWith("fchmod(")));
});
