import assert from "node:assert/strict";
import { formatBytes, formatDuration } from "./quantity.ts";

Deno.test("bytes are shown in the largest unit that leaves a whole one", () => {
  assert.deepEqual([0, 1023, 1024, 8_650_752, 15 * 2 ** 30, 2 ** 60].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.00 KiB",
    "8.25 MiB",
    "15.0 GiB",
    "1048576 TiB",
  ]);
});

Deno.test("durations are shown in their two largest units", () => {
  assert.deepEqual([0, 59, 60, 3661, 93_600].map(formatDuration), ["0s", "59s", "1m 0s", "1h 1m", "1d 2h"]);
});
