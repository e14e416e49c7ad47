import { fileDetails } from "../../../ffi/libc/file_status.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { baseName } from "../../core/path.ts";
import { attemptAsync } from "../attempt.ts";
import { type Kept, SPARE } from "./apply_operation.ts";
import { decide } from "./carry_out.ts";
import { type Clone, momentOf } from "./clone_tree.ts";
import { copyAttributes, setTimes } from "./copy_attributes.ts";
import { absent, type Directory, openBelow } from "./directory.ts";
import { writeFile } from "./durable_file.ts";
import { findOperations } from "./find_operations.ts";
import { FILES, GENERATION_FILE, RECORD_FILE, ROOT, USR } from "./layout.ts";
import { lockSwitch } from "./lock_switch.ts";
import type { LockedContent } from "./node_content.ts";
import type { PathOperation } from "./operation.ts";
import type { Staging } from "./prepare.ts";
import { encodeRecord, type ScriptRecord, type TransactionRecord } from "./record.ts";
import { removeTree } from "./remove_tree.ts";

export interface CommitOptions {
  /** What was asked for, for people. */
  readonly command: readonly string[];
  /** What it does with packages. */
  readonly packages: readonly unknown[];
  /** As in the record. */
  readonly dependencies?: readonly string[];
  readonly scripts?: readonly ScriptRecord[];
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface Committed {
  readonly record: TransactionRecord;
  /** What was left as others have made it. */
  readonly kept: readonly Kept[];
}

/**
 * Makes what was prepared the content of the node: in one step, durably, wholly or not at all.
 *
 * @throws {RedpakError} `E_CHANGED` where somebody has changed `usr` since it was cloned; `E_BUSY` where a launch does not
 * come to its end; `E_INTERRUPTED`; as `findOperations`
 */
export async function commit(staging: Staging, options: CommitOptions): Promise<Committed> {
  const { content, id, name } = staging;
  return await attemptAsync("commit a transaction in", content.path, async () => {
    const record = finishStaging(staging, options);
    using _switch = await lockSwitch(content);
    refuseChanged(staging);
    return { record, kept: decide(content, { id, directory: name, to: "after" }, record) };
  });
}

/** Leaves in the staging directory what takes the place of something in the node, and nothing else, on the disk. */
function finishStaging(
  staging: Staging,
  { command, packages, dependencies, scripts = [], time }: CommitOptions,
): TransactionRecord {
  const { id, sequence, previous, content, directory, clone } = staging;
  using root = directory.open(ROOT);
  const operations = findOperations(root, staging.staged, content.path);
  const record: TransactionRecord = {
    id,
    sequence,
    ...previous === undefined ? {} : { previous },
    time: new Date(time).toISOString(),
    command,
    packages,
    ...dependencies === undefined ? {} : { dependencies },
    ...scripts.length === 0 ? {} : { scripts },
    hadUsr: clone !== undefined,
    operations,
  };
  using files = directory.open(FILES);
  operations.forEach((operation, number) => keepForOperation(content, root, files, operation, String(number)));
  nameUsr(root, id);
  root.rename(USR, directory, USR);
  removeTree(directory, ROOT);
  writeFile(directory, RECORD_FILE, encodeRecord(record));
  content.directory.syncFileSystem();
  return record;
}

function keepForOperation(
  { directory: node }: LockedContent,
  root: Directory,
  files: Directory,
  { kind, path, before, after }: PathOperation,
  slot: string,
): void {
  if (kind === "file") {
    if (after === null) return;
    using parent = openBelow(root, path.split("/").slice(0, -1).join("/"));
    parent.rename(baseName(path), files, slot);
  } else if (before === null) {
    copyDirectory(openBelow(root, path), files, slot);
  } else if (after === null) {
    copyDirectory(openBelow(node, path), files, slot + SPARE);
  }
}

/** Makes an empty directory with all that another one has but its entries. */
function copyDirectory(original: Directory, parent: Directory, name: string): void {
  using from = original;
  using made = parent.make(name);
  copyAttributes(from.kernel, from.number, from.ownDetails(), made.number);
}

/** Lets `usr` say which transaction has made it. */
function nameUsr(root: Directory, id: string): void {
  if (root.findDetails(USR) === undefined) {
    using made = root.make(USR);
    made.kernel.fchmod(made.number, 0o755);
  }
  using usr = root.open(USR);
  const details = usr.ownDetails();
  absent(() => usr.remove(GENERATION_FILE));
  writeFile(usr, GENERATION_FILE, `${id}\n`);
  setTimes(usr.kernel, usr.number, details);
}

/** What somebody else has put into `usr` in the meantime would be missing in what takes its place. */
function refuseChanged({ content, clone }: Staging): void {
  const { directory, path } = content;
  const changed = clone === undefined ? findNewUsr(directory) : findChanged(directory, clone);
  if (changed === undefined) return;
  throw new RedpakError({
    code: "E_CHANGED",
    exit: EXIT.busy,
    message: `Cannot commit a transaction in "${path}": something has changed "${changed}" in the meantime`,
    hints: ["repeat the command when nothing else changes the node's programs"],
  });
}

function findNewUsr(node: Directory): string | undefined {
  return node.findDetails(USR) === undefined ? undefined : USR;
}

function findChanged(node: Directory, { directories }: Clone): string | undefined {
  for (const [below, moment] of directories) {
    const path = below === "" ? USR : `${USR}/${below}`;
    const details = absent(() => fileDetails(node.kernel, node.number, path));
    if (details === undefined || momentOf(details) !== moment) return path;
  }
}
