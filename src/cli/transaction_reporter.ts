import { escapeText } from "../core/escape.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import type { TransactionProgress } from "../packages/transaction/job.ts";
import type { Globals } from "./globals.ts";
import { writeMessage } from "./write.ts";

const DOING: Readonly<Record<TransactionProgress["kind"], string>> = {
  verify: "verifying",
  install: "installing",
  erase: "removing",
};

/**
 * Tells of a transaction on standard error: on a terminal a line for what is going on, otherwise one for each package.
 *
 * @returns `undefined` where nobody wants to hear of it
 */
export function transactionReporter({ json, quiet }: Globals): ((progress: TransactionProgress) => void) | undefined {
  if (json || quiet) return undefined;
  const terminal = Deno.stderr.isTerminal();
  return ({ kind, package: nevra, number, total }) => {
    const text = `${DOING[kind]} ${escapeText(formatNevra(nevra))} (${number} of ${total})`;
    if (!terminal) return kind === "verify" ? undefined : writeMessage(`${text}\n`);
    const isLast = kind !== "verify" && number === total;
    writeMessage(`\r\x1b[K${isLast ? "" : text}`);
  };
}
