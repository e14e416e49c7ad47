import { fileSystemStatus } from "../../../ffi/libc/file_status.ts";
import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import { RedpakError } from "../../core/error.ts";
import { attempt } from "../attempt.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import type { Arrival } from "./changed_packages.ts";

/** Blocks that directories, the database and links take beside what files have in them, for each file. */
const BLOCKS_PER_FILE = 1;

/** @throws {RedpakError} `E_NO_SPACE` where packages do not fit on the disk */
export function refuseFull(content: TransactionContent, arrivals: readonly Arrival[]): void {
  const { kernel, number } = content.directory;
  const { blockSize, available } = attempt("look at", content.path, () => fileSystemStatus(kernel, number));
  const files = arrivals.flatMap((arrival) => arrival.content.files).filter(({ flags }) =>
    (flags & RPMFILE.GHOST) === 0
  );
  const needed = files.reduce((sum, { size }) => sum + Math.ceil(size / blockSize) + BLOCKS_PER_FILE, 0);
  if (needed <= available) return;
  const mebibytes = (blocks: number) => Math.ceil(blocks * blockSize / 2 ** 20);
  throw new RedpakError({
    code: "E_NO_SPACE",
    message: `Cannot install into "${content.path}": it takes ${mebibytes(needed)} MiB, and ${
      mebibytes(available)
    } MiB are free`,
    hints: ["the files of before are kept for redpak undo; df -h shows what is full"],
  });
}
