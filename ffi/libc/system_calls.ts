import type { Prefix } from "./constants.ts";

/**
 * The seam to the kernel: every effect of the launcher goes through one of these. Results are those of the system
 * call; a failed call throws a {@linkcode SystemCallError}. `null` stands for NULL.
 */
export interface Kernel {
  /** `int bpf(int cmd, union bpf_attr *attr, unsigned int size)` */
  bpf(cmd: number, attr: BpfAttributes | Uint8Array, size: number): number;
  /** `int capget(cap_user_header_t hdrp, cap_user_data_t datap)` */
  capget(header: Uint8Array, data: Uint8Array): number;
  /**
   * `int clone(int (*fn)(void *), void *stack, int flags, void *arg)` of libc with `fn` being `_exit`: a child that ends
   * at once, for what the kernel has made for it.
   */
  clone(flags: number): number;
  /** `long clone3(struct clone_args *cl_args, size_t size)` */
  clone3(args: null, size: number): number;
  /** `int close(int fd)` */
  close(fd: number): number;
  /** `int close_range(unsigned int first, unsigned int last, int flags)` */
  close_range(first: number, last: number, flags: number): number;
  /**
   * `ssize_t copy_file_range(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t size, unsigned int flags)`; at
   * most 2^31 - 1 bytes.
   */
  copy_file_range(fdIn: number, offIn: null, fdOut: number, offOut: null, size: number, flags: number): number;
  /** `int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)` */
  execveat(dirfd: number, path: string, argv: readonly string[], envp: readonly string[], flags: number): number;
  /** `int fchdir(int fd)` */
  fchdir(fd: number): number;
  /** `int fchmod(int fd, mode_t mode)` */
  fchmod(fd: number, mode: number): number;
  /** `int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags)` */
  fchownat(dirfd: number, path: string, owner: number, group: number, flags: number): number;
  /** `int fcntl(int fd, int op, int arg)` */
  fcntl(fd: number, op: number, arg: number): number;
  /** `ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)` */
  fgetxattr(fd: number, name: string, value: Uint8Array, size: number): number;
  /** `ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)` */
  lgetxattr(path: string, name: string, value: Uint8Array, size: number): number;
  /** `ssize_t llistxattr(const char *path, char *list, size_t size)` */
  llistxattr(path: string, list: Uint8Array, size: number): number;
  /** `ssize_t flistxattr(int fd, char *list, size_t size)` */
  flistxattr(fd: number, list: Uint8Array, size: number): number;
  /** `int flock(int fd, int op)` */
  flock(fd: number, op: number): number;
  /** `int fsconfig(int fd, unsigned int cmd, const char *key, const void *value, int aux)` */
  fsconfig(fd: number, cmd: number, key: string | null, value: string | null, aux: number): number;
  /** `int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)` */
  fsetxattr(fd: number, name: string, value: Uint8Array, size: number, flags: number): number;
  /** `int fsmount(int fd, unsigned int flags, unsigned int attr_flags)` */
  fsmount(fd: number, flags: number, attrFlags: number): number;
  /** `int fsopen(const char *fsname, unsigned int flags)` */
  fsopen(fsname: string, flags: number): number;
  /** `int fsync(int fd)` */
  fsync(fd: number): number;
  /** `int fstatfs(int fd, struct statfs *buf)` */
  fstatfs(fd: number, buf: Uint8Array): number;
  /** `int ftruncate(int fd, off_t length)` */
  ftruncate(fd: number, length: number): number;
  /** `ssize_t getdents64(int fd, void *dirp, size_t count)` */
  getdents64(fd: number, dirp: Uint8Array, count: number): number;
  /** `uid_t geteuid(void)` */
  geteuid(): number;
  /** `int ioctl(int fd, unsigned long op, int arg)` */
  ioctl(fd: number, op: number, arg: number): number;
  /** `int kill(pid_t pid, int sig)` */
  kill(pid: number, sig: number): number;
  /** `int landlock_create_ruleset(const struct landlock_ruleset_attr *attr, size_t size, uint32_t flags)` */
  landlock_create_ruleset(attr: null, size: number, flags: number): number;
  /** `int linkat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, int flags)` */
  linkat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): number;
  /** `off_t lseek(int fd, off_t offset, int whence)`, for offsets up to 2 GiB */
  lseek(fd: number, offset: number, whence: number): number;
  /** `int memfd_create(const char *name, unsigned int flags)` */
  memfd_create(name: string, flags: number): number;
  /** `int mkdirat(int dirfd, const char *path, mode_t mode)` */
  mkdirat(dirfd: number, path: string, mode: number): number;
  /** `int mknodat(int dirfd, const char *path, mode_t mode, dev_t dev)`, with what the kernel takes for a device's numbers */
  mknodat(dirfd: number, path: string, mode: number, dev: number): number;
  /** `int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)` */
  mount(source: string | null, target: string, type: string | null, flags: number, data: string | null): number;
  /** `int mount_setattr(int dirfd, const char *path, unsigned int flags, struct mount_attr *attr, size_t size)` */
  mount_setattr(dirfd: number, path: string, flags: number, attr: MountAttr, size: number): number;
  /** `int move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned int flags)` */
  move_mount(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number;
  /** `int openat(int dirfd, const char *path, int flags, mode_t mode)` */
  openat(dirfd: number, path: string, flags: number, mode: number): number;
  /** `int openat2(int dirfd, const char *path, struct open_how *how, size_t size)` */
  openat2(dirfd: number, path: string, how: OpenHow, size: number): number;
  /** `int open_tree(int dirfd, const char *path, unsigned int flags)` */
  open_tree(dirfd: number, path: string, flags: number): number;
  /** `int pidfd_open(pid_t pid, unsigned int flags)` */
  pidfd_open(pid: number, flags: number): number;
  /** `int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)` */
  pidfd_send_signal(pidfd: number, sig: number, info: null, flags: number): number;
  /** `int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *tmo_p, const sigset_t *sigmask)` */
  ppoll(fds: Uint8Array, nfds: number, timeout: TimeSpec, sigmask: null): number;
  /** `int prctl(int op, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)` */
  prctl(op: number, arg2: number, arg3: number, arg4: number, arg5: number): number;
  /** `ssize_t pwrite64(int fd, const void *buf, size_t count, off_t offset)` */
  pwrite64(fd: number, buf: Uint8Array, count: number, offset: number): number;
  /** `ssize_t read(int fd, void *buf, size_t count)` */
  read(fd: number, buf: Uint8Array, count: number): number;
  /** `ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t size)` */
  readlinkat(dirfd: number, path: string, buf: Uint8Array, size: number): number;
  /** `int renameat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath)` */
  renameat(olddirfd: number, oldpath: string, newdirfd: number, newpath: string): number;
  /** `int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags)` */
  renameat2(olddirfd: number, oldpath: string, newdirfd: number, newpath: string, flags: number): number;
  /** `int seccomp(unsigned int operation, unsigned int flags, void *args)` */
  seccomp(operation: number, flags: number, args: Uint8Array | FilterProgram): number;
  /** `int setns(int fd, int nstype)` */
  setns(fd: number, nstype: number): number;
  /** `int statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *buf)` */
  statx(dirfd: number, path: string, flags: number, mask: number, buf: Uint8Array): number;
  /** `int symlinkat(const char *target, int dirfd, const char *path)` */
  symlinkat(target: string, dirfd: number, path: string): number;
  /** `int syncfs(int fd)` */
  syncfs(fd: number): number;
  /** `mode_t umask(mode_t mask)` */
  umask(mask: number): number;
  /** `int unlinkat(int dirfd, const char *path, int flags)` */
  unlinkat(dirfd: number, path: string, flags: number): number;
  /** `int unshare(int flags)` */
  unshare(flags: number): number;
  /** `int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags)`; NULL: `dirfd` itself */
  utimensat(dirfd: number, path: string | null, times: FileTimes, flags: number): number;
  /** `pid_t wait4(pid_t pid, int *wstatus, int options, struct rusage *rusage)` */
  wait4(pid: number, wstatus: Uint8Array | null, options: number, rusage: null): number;
  /** `ssize_t write(int fd, const void *buf, size_t count)` */
  write(fd: number, buf: Uint8Array, count: number): number;
}

/** `struct mount_attr` of `linux/mount.h`: four 64-bit numbers. */
export interface MountAttr {
  readonly attr_set: number;
  readonly attr_clr: number;
  readonly propagation: number;
  readonly userns_fd: number;
}
export const MOUNT_ATTR_SIZE = 32;

/** The beginning of `union bpf_attr`, 64 bits for each item: two numbers in one, or the address of what is given. */
export type BpfAttributes = Readonly<Record<string, number | string | Uint8Array>>;

/** `struct timespec`: two 64-bit numbers. */
export interface TimeSpec {
  readonly tv_sec: number;
  readonly tv_nsec: number;
}

/** Access and modification: two `struct timespec` in a row. */
export interface FileTimes {
  readonly atime_sec: number;
  readonly atime_nsec: number;
  readonly mtime_sec: number;
  readonly mtime_nsec: number;
}

/** `struct sock_fprog` of `linux/filter.h`. */
export interface FilterProgram {
  /** Instructions, of eight bytes each. */
  readonly length: number;
  readonly filter: Uint8Array;
}

/** `struct open_how` of `linux/openat2.h`: three 64-bit numbers. */
export interface OpenHow {
  readonly flags: number;
  readonly mode: number;
  readonly resolve: number;
}
export const OPEN_HOW_SIZE = 24;

/**
 * How an argument is passed, and printed. `in` and `out` are memory that the kernel reads or fills, `both` what it reads first; a struct is its
 * fields in order as 64-bit numbers; flags are printed by the names of these prefixes.
 */
export type Parameter =
  | "number"
  | "octal"
  | "text"
  | "texts"
  | "in"
  | "out"
  | "both"
  | { readonly flags: readonly Prefix[] }
  | { readonly struct: Readonly<Record<string, Parameter>> };

export type SystemCall = readonly [x86_64: number, aarch64: number, parameters: readonly Parameter[]];

const flags = (...prefixes: readonly Prefix[]): Parameter => ({ flags: prefixes });

const MOUNT_ATTR_STRUCT: Parameter = {
  struct: {
    attr_set: flags("MOUNT_ATTR"),
    attr_clr: flags("MOUNT_ATTR"),
    propagation: flags("MS"),
    userns_fd: "number",
  },
};
const TIMESPEC_STRUCT: Parameter = { struct: { tv_sec: "number", tv_nsec: "number" } };
const FILE_TIMES_STRUCT: Parameter = {
  struct: { atime_sec: "number", atime_nsec: "number", mtime_sec: "number", mtime_nsec: "number" },
};
const OPEN_HOW_STRUCT: Parameter = { struct: { flags: flags("O"), mode: "octal", resolve: flags("RESOLVE") } };

/** Numbers of `asm/unistd_64.h` and of `asm-generic/unistd.h`, which aarch64 uses. */
export const SYSTEM_CALLS: { readonly [N in keyof Kernel]: SystemCall } = {
  bpf: [321, 280, ["number", "both", "number"]],
  capget: [125, 90, ["in", "out"]],
  clone: [56, 220, [flags("CLONE")]],
  clone3: [435, 435, ["in", "number"]],
  close: [3, 57, ["number"]],
  close_range: [436, 436, ["number", "number", "number"]],
  copy_file_range: [326, 285, ["number", "number", "number", "number", "number", "number"]],
  execveat: [322, 281, ["number", "text", "texts", "texts", flags("AT")]],
  fchdir: [81, 50, ["number"]],
  fchmod: [91, 52, ["number", "octal"]],
  fchownat: [260, 54, ["number", "text", "number", "number", flags("AT")]],
  fcntl: [72, 25, ["number", "number", "number"]],
  fgetxattr: [193, 10, ["number", "text", "out", "number"]],
  lgetxattr: [192, 9, ["text", "text", "out", "number"]],
  llistxattr: [195, 12, ["text", "out", "number"]],
  flistxattr: [196, 13, ["number", "out", "number"]],
  flock: [73, 32, ["number", flags("LOCK")]],
  fsconfig: [431, 431, ["number", "number", "text", "text", "number"]],
  fsetxattr: [190, 7, ["number", "text", "in", "number", "number"]],
  fsmount: [432, 432, ["number", flags("FSMOUNT"), flags("MOUNT_ATTR")]],
  fsopen: [430, 430, ["text", flags("FSOPEN")]],
  fsync: [74, 82, ["number"]],
  fstatfs: [138, 44, ["number", "out"]],
  ftruncate: [77, 46, ["number", "number"]],
  getdents64: [217, 61, ["number", "out", "number"]],
  geteuid: [107, 175, []],
  ioctl: [16, 29, ["number", "number", "number"]],
  kill: [62, 129, ["number", "number"]],
  landlock_create_ruleset: [444, 444, ["in", "number", flags("LANDLOCK_CREATE_RULESET")]],
  linkat: [265, 37, ["number", "text", "number", "text", flags("AT")]],
  lseek: [8, 62, ["number", "number", "number"]],
  memfd_create: [319, 279, ["text", flags("MFD")]],
  mkdirat: [258, 34, ["number", "text", "octal"]],
  mknodat: [259, 33, ["number", "text", "octal", "number"]],
  mount: [165, 40, ["text", "text", "text", flags("MS"), "text"]],
  mount_setattr: [442, 442, ["number", "text", flags("AT"), MOUNT_ATTR_STRUCT, "number"]],
  move_mount: [429, 429, ["number", "text", "number", "text", flags("MOVE_MOUNT")]],
  openat: [257, 56, ["number", "text", flags("O"), "octal"]],
  openat2: [437, 437, ["number", "text", OPEN_HOW_STRUCT, "number"]],
  open_tree: [428, 428, ["number", "text", flags("OPEN_TREE", "AT")]],
  pidfd_open: [434, 434, ["number", "number"]],
  pidfd_send_signal: [424, 424, ["number", "number", "number", "number"]],
  ppoll: [271, 73, ["in", "number", TIMESPEC_STRUCT, "number"]],
  prctl: [157, 167, ["number", "number", "number", "number", "number"]],
  pwrite64: [18, 68, ["number", "in", "number", "number"]],
  read: [0, 63, ["number", "out", "number"]],
  readlinkat: [267, 78, ["number", "text", "out", "number"]],
  renameat: [264, 38, ["number", "text", "number", "text"]],
  renameat2: [316, 276, ["number", "text", "number", "text", flags("RENAME")]],
  seccomp: [317, 277, ["number", "number", "in"]],
  setns: [308, 268, ["number", flags("CLONE")]],
  statx: [332, 291, ["number", "text", flags("AT"), flags("STATX"), "out"]],
  symlinkat: [266, 36, ["text", "number", "text"]],
  syncfs: [306, 267, ["number"]],
  umask: [95, 166, ["octal"]],
  unlinkat: [263, 35, ["number", "text", flags("AT")]],
  unshare: [272, 97, [flags("CLONE")]],
  utimensat: [280, 88, ["number", "text", FILE_TIMES_STRUCT, flags("AT")]],
  wait4: [61, 260, ["number", "out", "number", "number"]],
  write: [1, 64, ["number", "in", "number"]],
};

export type Argument =
  | number
  | string
  | readonly string[]
  | Uint8Array
  | BpfAttributes
  | MountAttr
  | FilterProgram
  | OpenHow
  | TimeSpec
  | FileTimes
  | null;

/**
 * A kernel whose every call passes through `around`, which calls `proceed` for the real thing. Tracing, recording and
 * fault injection are made of this.
 */
export function intercept(
  kernel: Kernel,
  around: (name: keyof Kernel, args: readonly Argument[], proceed: () => number) => number,
): Kernel {
  return kernelOf((name, args) => {
    const call = kernel[name] as (...args: readonly Argument[]) => number;
    return around(name, args, () => call(...args));
  });
}

/** A kernel of one function that does every call. */
export function kernelOf(call: (name: keyof Kernel, args: readonly Argument[]) => number): Kernel {
  const names = Object.keys(SYSTEM_CALLS) as (keyof Kernel)[];
  return Object.fromEntries(
    names.map((name) => [name, (...args: readonly Argument[]) => call(name, args)]),
  ) as unknown as Kernel;
}
