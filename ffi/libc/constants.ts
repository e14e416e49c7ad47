/**
 * Constants of the C headers, by prefix: `O.PATH` is `O_PATH`. `tests/system/libc_constants_test.ts` compares each with
 * what a C compiler says.
 */

const ARM = Deno.build.arch === "aarch64";

/** `fcntl.h`. The values that differ between architectures are those of the kernel's `asm/fcntl.h`. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  NONBLOCK: 0o4000,
  /** Contains DIRECTORY, so it comes first where flags are printed. */
  TMPFILE: ARM ? 0o20040000 : 0o20200000,
  DIRECTORY: ARM ? 0o40000 : 0o200000,
  NOFOLLOW: ARM ? 0o100000 : 0o400000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
} as const;

/** Directory descriptor of the working directory. */
export const AT_FDCWD = -100;

export const AT = { SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, EMPTY_PATH: 0x1000, RECURSIVE: 0x8000 } as const;

export const F = { GETFD: 1, SETFD: 2, DUPFD_CLOEXEC: 1030, ADD_SEALS: 1033 } as const;

export const FD = { CLOEXEC: 1 } as const;

/** `sys/file.h`. */
export const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;

export const F_SEAL = { SEAL: 1, SHRINK: 2, GROW: 4, WRITE: 8 } as const;

/** `linux/sched.h`. */
export const CLONE = {
  NEWTIME: 0x80,
  VM: 0x100,
  FS: 0x200,
  VFORK: 0x4000,
  NEWNS: 0x20000,
  NEWCGROUP: 0x2000000,
  NEWUTS: 0x4000000,
  NEWIPC: 0x8000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const;

/** `sys/mount.h`. */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 0x20,
  NOATIME: 0x400,
  NODIRATIME: 0x800,
  BIND: 0x1000,
  REC: 0x4000,
  PRIVATE: 0x40000,
  RELATIME: 0x200000,
  NOSYMFOLLOW: 0x100,
  STRICTATIME: 0x1000000,
} as const;

export const OPEN_TREE = { CLONE: 1, CLOEXEC: O.CLOEXEC } as const;
export const MOVE_MOUNT = { F_EMPTY_PATH: 4, T_EMPTY_PATH: 0x40 } as const;
export const MOUNT_ATTR = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  IDMAP: 0x100000,
  NOSYMFOLLOW: 0x200000,
} as const;
export const FSOPEN = { CLOEXEC: 1 } as const;
export const FSCONFIG = { SET_FLAG: 0, SET_STRING: 1, CMD_CREATE: 6 } as const;
export const FSMOUNT = { CLOEXEC: 1 } as const;

/** `linux/openat2.h`. */
export const RESOLVE = { NO_MAGICLINKS: 2, NO_SYMLINKS: 4, BENEATH: 8, IN_ROOT: 0x10 } as const;

/** `linux/stat.h`. */
export const STATX = { BASIC_STATS: 0x7ff } as const;
export const STATX_ATTR = { MOUNT_ROOT: 0x2000 } as const;

/** Types of files in a mode, and what a program runs as, `sys/stat.h`. */
export const S = {
  IFMT: 0o170000,
  IFCHR: 0o020000,
  IFDIR: 0o040000,
  IFBLK: 0o060000,
  IFREG: 0o100000,
  IFLNK: 0o120000,
  ISUID: 0o4000,
  ISGID: 0o2000,
} as const;

/** `linux/fs.h`. */
export const RENAME = { NOREPLACE: 1, EXCHANGE: 2 } as const;
export const FICLONE = 0x40049409;

/** Bits of statfs(2)'s `f_flags`, `sys/statvfs.h`. */
export const ST = { RDONLY: 1 } as const;

/** `linux/memfd.h`. */
export const MFD = { CLOEXEC: 1, ALLOW_SEALING: 2, EXEC: 0x10 } as const;

/** `linux/landlock.h`. */
export const LANDLOCK_CREATE_RULESET = { VERSION: 1 } as const;

/** `linux/bpf.h`. */
export const BPF = {
  PROG_LOAD: 5,
  PROG_ATTACH: 8,
  PROG_GET_FD_BY_ID: 13,
  PROG_QUERY: 16,
  PROG_TYPE_CGROUP_DEVICE: 15,
  CGROUP_DEVICE: 6,
  F_ALLOW_MULTI: 2,
} as const;

/** `linux/seccomp.h`. */
export const SECCOMP = { SET_MODE_FILTER: 1, GET_ACTION_AVAIL: 2, RET_ERRNO: 0x50000 } as const;

/** `linux/prctl.h`. */
export const PR = { SET_PDEATHSIG: 1, SET_CHILD_SUBREAPER: 36, SET_NO_NEW_PRIVS: 38 } as const;

/** `linux/magic.h`. */
export const PROC_SUPER_MAGIC = 0x9fa0;
export const PIPEFS_MAGIC = 0x50495045;
export const CGROUP2_SUPER_MAGIC = 0x63677270;

/** `asm-generic/signal.h`. */
export const SIGKILL = 9;
export const SIGTERM = 15;
export const SIGCONT = 18;

/** `asm-generic/poll.h`. */
export const POLLIN = 1;

/** Waits for children of all kinds, `linux/wait.h`. */
export const __WALL = 0x40000000;

/** All tables by prefix, for printing flags by name. */
export const TABLES = {
  O,
  AT,
  F,
  FD,
  F_SEAL,
  LOCK,
  CLONE,
  MS,
  OPEN_TREE,
  MOVE_MOUNT,
  MOUNT_ATTR,
  FSOPEN,
  FSCONFIG,
  FSMOUNT,
  RENAME,
  RESOLVE,
  STATX,
  STATX_ATTR,
  S,
  ST,
  MFD,
  LANDLOCK_CREATE_RULESET,
  BPF,
  SECCOMP,
  PR,
} as const satisfies Record<string, Readonly<Record<string, number>>>;
export type Prefix = keyof typeof TABLES;
