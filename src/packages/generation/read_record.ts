import { RedpakError } from "../../core/error.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { absent, openBelow } from "./directory.ts";
import { readFile } from "./durable_file.ts";
import { RECORD_FILE } from "./layout.ts";
import type { TransactionContent } from "./node_content.ts";
import { decodeRecord, type TransactionRecord } from "./record.ts";

/**
 * The record in a directory of the node's state; `undefined` where there is none.
 *
 * @throws {RedpakError} `E_TRANSACTION_RECORD`, also where it is another transaction's
 */
export function readRecord(content: TransactionContent, directory: string, id: string): TransactionRecord | undefined {
  const file = `${content.path}/${STATE_DIRECTORY}/${directory}/${RECORD_FILE}`;
  const text = attempt("read", file, () => {
    using held = absent(() => openBelow(content.state, directory));
    return held && readFile(held, RECORD_FILE);
  });
  if (text === undefined) return undefined;
  const record = decodeRecord(text, file);
  if (record.id === id) return record;
  throw new RedpakError({
    code: "E_TRANSACTION_RECORD",
    message: `Cannot use "${file}": it is of transaction ${record.id}, not of ${id}`,
  });
}
