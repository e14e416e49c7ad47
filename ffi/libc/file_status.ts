import { AT, S, ST, STATX } from "./constants.ts";
import type { Kernel } from "./system_calls.ts";

/** What statx(2) says about an open file. */
export interface FileStatus {
  /** Type and permission bits as in `st_mode`. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: bigint;
  /** Major and minor number of the file system's device, as `major:minor`. */
  readonly device: string;
}

/** Offsets in `struct statx`, the same on every architecture, and its size. */
export const STATX_LAYOUT = {
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  dev_major: 136,
  dev_minor: 140,
  size: 256,
};

/** Offsets in `struct statfs` of 64-bit architectures, and its size. */
export const STATFS_LAYOUT = { type: 0, flags: 80, size: 120 };

/** Status of what a descriptor stands for; a symbolic link opened with O_PATH is itself. */
export function fileStatus(kernel: Kernel, fd: number): FileStatus {
  const buffer = new Uint8Array(STATX_LAYOUT.size);
  kernel.statx(fd, "", AT.EMPTY_PATH, STATX.BASIC_STATS, buffer);
  const view = new DataView(buffer.buffer);
  return {
    mode: view.getUint16(STATX_LAYOUT.mode, true),
    links: view.getUint32(STATX_LAYOUT.nlink, true),
    uid: view.getUint32(STATX_LAYOUT.uid, true),
    gid: view.getUint32(STATX_LAYOUT.gid, true),
    inode: view.getBigUint64(STATX_LAYOUT.ino, true),
    device: `${view.getUint32(STATX_LAYOUT.dev_major, true)}:${view.getUint32(STATX_LAYOUT.dev_minor, true)}`,
  };
}

export const isDirectory = (status: FileStatus): boolean => (status.mode & S.IFMT) === S.IFDIR;
export const isSymlink = (status: FileStatus): boolean => (status.mode & S.IFMT) === S.IFLNK;
export const isRegularFile = (status: FileStatus): boolean => (status.mode & S.IFMT) === S.IFREG;

export const isSameFile = (one: FileStatus, other: FileStatus): boolean =>
  one.device === other.device && one.inode === other.inode;

export interface FileSystemStatus {
  /** Magic number of the file system's type, `linux/magic.h`. */
  readonly type: number;
  /** The mount or the file system is read-only. */
  readonly readOnly: boolean;
}

export function fileSystemStatus(kernel: Kernel, fd: number): FileSystemStatus {
  const buffer = new Uint8Array(STATFS_LAYOUT.size);
  kernel.fstatfs(fd, buffer);
  const view = new DataView(buffer.buffer);
  return {
    type: Number(view.getBigInt64(STATFS_LAYOUT.type, true)),
    readOnly: (view.getUint32(STATFS_LAYOUT.flags, true) & ST.RDONLY) !== 0,
  };
}
