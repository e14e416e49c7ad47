import { AT, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus, isRegularFile } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { writeAll } from "../host/write_all.ts";
import type { Content, Operation } from "../plan/operation.ts";
import type { Host } from "./host.ts";
import { type Attempt, refuse } from "./launch_error.ts";
import type { NewRoot } from "./new_root.ts";

/** Makes a new file with a content, mode and owner. */
export function buildFile({ kernel }: Host, root: NewRoot, operation: Operation<"file">, attempt: Attempt): void {
  const { content, destination, mode, uid, gid } = operation;
  const { parent, name } = root.parent(destination, attempt);
  using _ = parent;
  using file = createFile(kernel, root, parent, name);
  writeContent(kernel, content, file.number, attempt);
  kernel.fchownat(file.number, "", uid, gid, AT.EMPTY_PATH);
  kernel.fchmod(file.number, mode);
}

/**
 * In a writable export the file of the last launch is still there. It is replaced rather than written to, for it could
 * be a link to another file by now.
 */
function createFile(kernel: Kernel, root: NewRoot, parent: Descriptor, name: string): Descriptor {
  const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW | O.CLOEXEC;
  const create = () => new Descriptor(kernel, kernel.openat(parent.number, name, flags, 0o600));
  try {
    return create();
  } catch (error) {
    if (!isErrno(error, "EEXIST") || root.isOwn(parent)) throw error;
    using existing = new Descriptor(kernel, kernel.openat(parent.number, name, O.PATH | O.NOFOLLOW | O.CLOEXEC, 0));
    if (!isRegularFile(fileStatus(kernel, existing.number))) throw error;
    kernel.unlinkat(parent.number, name, 0);
    return create();
  }
}

function writeContent(kernel: Kernel, content: Content, file: number, attempt: Attempt): void {
  if ("text" in content) return writeAll(kernel, file, new TextEncoder().encode(content.text));
  if ("command" in content) {
    throw refuse(attempt, { code: "E_PLAN", reason: `the command that gives its content has not been run` });
  }
  const chunk = new Uint8Array(64 * 1024);
  for (let count = 1; count > 0;) {
    count = kernel.read(content.descriptor, chunk, chunk.length);
    writeAll(kernel, file, chunk.subarray(0, count));
  }
}
