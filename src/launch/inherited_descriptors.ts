import { F, FD } from "../../ffi/libc/constants.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/** Customary soft limit of open files: a caller's descriptors are below it. */
const LIMIT = 1024;

/**
 * Hides what the caller left open, from descriptor 3 on, from the programs that are started until the end of the scope.
 * Then it is inherited again: a status descriptor is meant for the stage.
 */
export function hideInheritedDescriptors(kernel: Kernel): Disposable {
  const hidden: number[] = [];
  for (let fd = 3; fd < LIMIT; fd++) {
    try {
      if ((kernel.fcntl(fd, F.GETFD, 0) & FD.CLOEXEC) !== 0) continue;
      kernel.fcntl(fd, F.SETFD, FD.CLOEXEC);
      hidden.push(fd);
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error;
    }
  }
  return { [Symbol.dispose]: () => hidden.forEach((fd) => kernel.fcntl(fd, F.SETFD, 0)) };
}

/**
 * A descriptor of the caller: it has come through execve(2), and so has no close-on-exec flag. Those that the launcher
 * opens itself have one, and must not be taken for the caller's.
 */
export function requireInherited(kernel: Kernel, descriptor: number, attempt: Attempt): void {
  if (isInherited(kernel, descriptor)) return;
  throw refuse(attempt, {
    code: "E_DESCRIPTOR_CLOSED",
    reason: `descriptor ${descriptor}, which gives its content, is not open`,
    errno: "EBADF",
    hints: [`open it where redpak is started, as in: redpak run NODE ${descriptor}<FILE`],
  });
}

/** @param first the first descriptor that is not a socket which the service manager has opened for the program */
export function requireSockets(kernel: Kernel, first: number, attempt: Attempt): void {
  for (let descriptor = 3; descriptor < first; descriptor++) {
    if (isInherited(kernel, descriptor)) continue;
    throw refuse(attempt, {
      code: "E_DESCRIPTOR_CLOSED",
      reason: `LISTEN_FDS counts descriptor ${descriptor}, which is not open`,
      errno: "EBADF",
    });
  }
}

function isInherited(kernel: Kernel, descriptor: number): boolean {
  try {
    return (kernel.fcntl(descriptor, F.GETFD, 0) & FD.CLOEXEC) === 0;
  } catch (error) {
    if (isErrno(error, "EBADF")) return false;
    throw error;
  }
}
