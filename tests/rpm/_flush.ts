/** `_flush.ts`: flushes what is not open, before and after flushes are skipped, and says what comes of it. */
import { libc } from "../../ffi/libc/libc.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { skipFlushes } from "../../src/cli/skip_flushes.ts";

const NOT_OPEN = 9999;

function flush(): string {
  try {
    return String(libc().fsync(NOT_OPEN));
  } catch (error) {
    if (error instanceof SystemCallError) return error.errno;
    throw error;
  }
}

if (import.meta.main) {
  const before = flush();
  skipFlushes(libc());
  console.log(`${before}, then ${flush()}`);
}
