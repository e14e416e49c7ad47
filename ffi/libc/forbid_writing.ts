import { openLibrary } from "../shared_library.ts";
import { LANDLOCK_CREATE_RULESET, PR } from "./constants.ts";

/** Numbers of the calls, the same on x86_64 and aarch64. */
const CALLS = { landlock_create_ruleset: 444, landlock_restrict_self: 446 } as const;

/** `syscall` as each of the calls. */
const SYMBOLS = {
  /** `int prctl(int operation, unsigned long, …)` */
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  /** `int landlock_create_ruleset(const struct landlock_ruleset_attr *attr, size_t size, u32 flags)` */
  landlock_create_ruleset: { name: "syscall", parameters: ["i32", "buffer", "usize", "u32"], result: "i32" },
  /** `int landlock_restrict_self(int ruleset_fd, u32 flags)` */
  landlock_restrict_self: { name: "syscall", parameters: ["i32", "i32", "u32"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** `linux/landlock.h`, `LANDLOCK_ACCESS_FS_…`: what changes something, and the version of the interface that knows of it. */
const CHANGES = [
  { bit: 1, since: 1 }, // WRITE_FILE
  ...Array.from({ length: 9 }, (_, index) => ({ bit: 4 + index, since: 1 })), // REMOVE_DIR … MAKE_SYM
  { bit: 13, since: 2 }, // REFER
  { bit: 14, since: 3 }, // TRUNCATE
];

/**
 * Forbids, for good, whatever writes below any directory: to this thread and those that it starts from now on, root's or
 * not. What is open stays as it is. Libraries that try to write find that they may not, as on a file system for reading.
 *
 * @returns whether the kernel does so: Linux 5.13, with Landlock switched on
 */
export function forbidWriting(): boolean {
  const libc = openLibrary("libc.so.6", SYMBOLS);
  const { landlock_create_ruleset: create, landlock_restrict_self: restrict } = CALLS;
  const version = libc.landlock_create_ruleset(create, null, 0n, LANDLOCK_CREATE_RULESET.VERSION);
  if (version <= 0) return false;
  const handled = CHANGES.filter(({ since }) => since <= version).reduce((all, { bit }) => all | 1 << bit, 0);
  const attributes = new Uint8Array(new BigUint64Array([BigInt(handled)]).buffer);
  const ruleset = libc.landlock_create_ruleset(create, attributes, BigInt(attributes.length), 0);
  if (ruleset < 0) return false;
  // Without a rule there is no directory below which it is allowed.
  const isForbidden = libc.prctl(PR.SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) === 0 &&
    libc.landlock_restrict_self(restrict, ruleset, 0) === 0;
  libc.close(ruleset);
  return isForbidden;
}
