import { AT, S, ST, STATX, STATX_ATTR } from "./constants.ts";
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

/** Major and minor number of the device that a device node stands for. */
export interface DeviceNumber {
  readonly kind: "block" | "char";
  readonly major: number;
  readonly minor: number;
}

/** Undefined where the descriptor stands for no device. */
export function deviceNumber(kernel: Kernel, fd: number): DeviceNumber | undefined {
  const view = statx(kernel, fd, "", AT.EMPTY_PATH);
  const type = view.getUint16(STATX_LAYOUT.mode, true) & S.IFMT;
  if (type !== S.IFBLK && type !== S.IFCHR) return undefined;
  return {
    kind: type === S.IFBLK ? "block" : "char",
    major: view.getUint32(STATX_LAYOUT.rdev_major, true),
    minor: view.getUint32(STATX_LAYOUT.rdev_minor, true),
  };
}

/** A moment as the kernel counts it: seconds since 1970, which may be negative, and nanoseconds. */
export interface FileTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What statx(2) says about the content of a file, too. */
export interface FileDetails extends FileStatus {
  /** Bytes. */
  readonly size: number;
  /** Of 512 bytes, as far as there is room on the disk for them. */
  readonly blocks: number;
  /** When its content was changed. */
  readonly modified: FileTime;
  /** When anything of it was changed: nobody can set it. */
  readonly changed: FileTime;
  /** Something is mounted there, as far as the kernel says so (Linux 5.8). */
  readonly isMounted: boolean;
}

/** Offsets in `struct statx`, the same on every architecture, and its size. */
export const STATX_LAYOUT = {
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  rdev_major: 128,
  rdev_minor: 132,
  dev_major: 136,
  dev_minor: 140,
  size: 256,
};

export const STATX_DETAILS_LAYOUT = { attributes: 8, fileSize: 40, blocks: 48, ctime: 96, mtime: 112 };

/** Offsets in `struct statfs` of 64-bit architectures, and its size. */
export const STATFS_LAYOUT = { type: 0, blockSize: 8, available: 32, flags: 80, size: 120 };

/** Status of what a descriptor stands for; a symbolic link opened with O_PATH is itself. */
export function fileStatus(kernel: Kernel, fd: number): FileStatus {
  return readStatus(statx(kernel, fd, "", AT.EMPTY_PATH));
}

/**
 * Details of an entry of a directory, which may be a symbolic link; with an empty name, of what the descriptor stands for.
 */
export function fileDetails(kernel: Kernel, directory: number, name: string): FileDetails {
  const view = statx(kernel, directory, name, AT.EMPTY_PATH | AT.SYMLINK_NOFOLLOW);
  const layout = STATX_DETAILS_LAYOUT;
  return {
    ...readStatus(view),
    size: Number(view.getBigUint64(layout.fileSize, true)),
    blocks: Number(view.getBigUint64(layout.blocks, true)),
    modified: readTime(view, layout.mtime),
    changed: readTime(view, layout.ctime),
    isMounted: (view.getUint32(layout.attributes, true) & STATX_ATTR.MOUNT_ROOT) !== 0,
  };
}

function statx(kernel: Kernel, directory: number, name: string, flags: number): DataView {
  const buffer = new Uint8Array(STATX_LAYOUT.size);
  kernel.statx(directory, name, flags, STATX.BASIC_STATS, buffer);
  return new DataView(buffer.buffer);
}

function readTime(view: DataView, at: number): FileTime {
  return { seconds: Number(view.getBigInt64(at, true)), nanoseconds: view.getUint32(at + 8, true) };
}

function readStatus(view: DataView): FileStatus {
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
  /** Bytes of a block. */
  readonly blockSize: number;
  /** Blocks that are free for everybody. */
  readonly available: number;
}

export function fileSystemStatus(kernel: Kernel, fd: number): FileSystemStatus {
  const buffer = new Uint8Array(STATFS_LAYOUT.size);
  kernel.fstatfs(fd, buffer);
  const view = new DataView(buffer.buffer);
  return {
    type: Number(view.getBigInt64(STATFS_LAYOUT.type, true)),
    readOnly: (view.getUint32(STATFS_LAYOUT.flags, true) & ST.RDONLY) !== 0,
    blockSize: Number(view.getBigInt64(STATFS_LAYOUT.blockSize, true)),
    available: Number(view.getBigUint64(STATFS_LAYOUT.available, true)),
  };
}
