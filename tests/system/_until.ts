import assert from "node:assert/strict";

/**
 * Waits until something holds, which others bring about. How long that takes is nobody's claim, least of all on a busy
 * machine: the limit of a minute only turns what never comes into a failure.
 */
export async function until(holds: () => boolean, what: () => string): Promise<void> {
  const begin = performance.now();
  while (!holds()) {
    if (performance.now() - begin > 60_000) assert.fail(what());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
