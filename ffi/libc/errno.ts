/** Error numbers that the calls of this folder can give, with the wording of strerror(3), `asm-generic/errno.h`. */
const ERRNO: Readonly<Record<number, readonly [name: string, reason: string]>> = {
  1: ["EPERM", "operation not permitted"],
  2: ["ENOENT", "no such file or directory"],
  3: ["ESRCH", "no such process"],
  4: ["EINTR", "interrupted system call"],
  5: ["EIO", "input/output error"],
  6: ["ENXIO", "no such device or address"],
  7: ["E2BIG", "argument list too long"],
  8: ["ENOEXEC", "exec format error"],
  9: ["EBADF", "bad file descriptor"],
  10: ["ECHILD", "no child processes"],
  11: ["EAGAIN", "resource temporarily unavailable"],
  12: ["ENOMEM", "cannot allocate memory"],
  13: ["EACCES", "permission denied"],
  16: ["EBUSY", "device or resource busy"],
  17: ["EEXIST", "file exists"],
  18: ["EXDEV", "invalid cross-device link"],
  19: ["ENODEV", "no such device"],
  20: ["ENOTDIR", "not a directory"],
  21: ["EISDIR", "is a directory"],
  22: ["EINVAL", "invalid argument"],
  23: ["ENFILE", "too many open files in system"],
  24: ["EMFILE", "too many open files"],
  26: ["ETXTBSY", "text file busy"],
  27: ["EFBIG", "file too large"],
  28: ["ENOSPC", "no space left on device"],
  29: ["ESPIPE", "illegal seek"],
  30: ["EROFS", "read-only file system"],
  31: ["EMLINK", "too many links"],
  32: ["EPIPE", "broken pipe"],
  34: ["ERANGE", "numerical result out of range"],
  36: ["ENAMETOOLONG", "file name too long"],
  38: ["ENOSYS", "function not implemented"],
  39: ["ENOTEMPTY", "directory not empty"],
  40: ["ELOOP", "too many levels of symbolic links"],
  61: ["ENODATA", "no data available"],
  75: ["EOVERFLOW", "value too large for defined data type"],
  87: ["EUSERS", "too many users"],
  95: ["EOPNOTSUPP", "operation not supported"],
  116: ["ESTALE", "it has changed"],
  122: ["EDQUOT", "disk quota exceeded"],
};

/** `ENOENT` for 2; `errno 999` for numbers that no call here gives. */
export function errnoName(number: number): string {
  return ERRNO[number]?.[0] ?? `errno ${number}`;
}

/** The reason in words, in lower case, for the end of a sentence. */
export function errnoReason(name: string): string {
  return Object.values(ERRNO).find(([known]) => known === name)?.[1] ?? "unknown error";
}

export const ERRNO_NAMES: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(ERRNO).map(([number, [name]]) => [name, Number(number)]),
);
