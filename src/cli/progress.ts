import { escapeText } from "../core/escape.ts";
import type { Progress } from "../packages/download/fetch_file.ts";
import { formatBytes } from "../view/quantity.ts";
import type { Globals } from "./globals.ts";
import { writeMessage } from "./write.ts";

/** Milliseconds between two states of a line. */
const INTERVAL = 100;

/**
 * Tells of downloads on standard error: a line for each that is done, and on a terminal one for what is going on.
 *
 * @returns `undefined` where nobody wants to hear of them
 */
export function downloadReporter({ json, quiet }: Globals): ((progress: Progress) => void) | undefined {
  if (json || quiet) return undefined;
  const terminal = Deno.stderr.isTerminal();
  const clear = terminal ? "\r\x1b[K" : "";
  let shown = 0;
  return (progress) => {
    const label = escapeText(progress.label);
    switch (progress.state) {
      case "begun":
        return;
      case "going": {
        const now = performance.now();
        if (!terminal || now - shown < INTERVAL) return;
        shown = now;
        const size = progress.size === undefined ? "" : ` of ${formatBytes(progress.size)}`;
        return writeMessage(`${clear}${label}: ${formatBytes(progress.received)}${size}`);
      }
      case "failed":
        return writeMessage(`${clear}${label}: ${escapeText(progress.error.message)}\n`);
      case "done":
        return writeMessage(`${clear}${label}: ${formatBytes(progress.received)}\n`);
    }
  };
}
