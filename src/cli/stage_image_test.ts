import assert from "node:assert/strict";
import { stageImage } from "./stage_image.ts";

Deno.test("the stage of the shipped binary is decoded from the text that came with the program", () => {
  const asset = (name: string) =>
    name === "stage.x86_64" ? new Uint8Array([0x7f, 0x45, 0x00, 0xff]).toBase64() : undefined;
  globalThis.REDPAK_LAUNCH = { invokedAs: "redpak", environment: [], asset };
  try {
    assert.deepEqual(stageImage("x86_64"), new Uint8Array([0x7f, 0x45, 0x00, 0xff]));
  } finally {
    globalThis.REDPAK_LAUNCH = undefined;
  }
});

Deno.test("in a checkout the stage is the file that was built, or a clear error", () => {
  try {
    assert.deepEqual([...stageImage("x86_64").subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  } catch (error) {
    assert.equal((error as { code: string }).code, "E_STAGE_MISSING");
  }
});
