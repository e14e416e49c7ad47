import { MS, O, PROC_SUPER_MAGIC, S } from "./constants.ts";
import { STATFS_LAYOUT, STATX_LAYOUT } from "./file_status.ts";
import { SystemCallError } from "./system_call_error.ts";
import { type Argument, type Kernel, kernelOf, type OpenHow } from "./system_calls.ts";
import { formatCall } from "./trace.ts";

/** A kernel for tests of what calls it: a small file tree in memory, and a record of what was called. */
export interface RecordingKernel {
  readonly kernel: Kernel;
  /** Every call, as C would write it. */
  readonly calls: string[];
}

/** A device is the character device 1:5. */
export type FakeFile = "directory" | "file" | "device" | { readonly link: string } | { readonly content: string };

/** Nothing stands for 0. */
type Answers = { readonly [N in keyof Kernel]?: (...args: Parameters<Kernel[N]>) => number | void };

/** Thrown by `execveat`, which does not return when it succeeds. */
export class Executed extends Error {}

/**
 * Paths of the host are as given, all owned by root; those of new file systems begin with `fs1:`, `fs2:` and so on, in
 * the order of their making.
 */
export function recordingKernel(host: Readonly<Record<string, FakeFile>>): RecordingKernel {
  const files = new Map<string, FakeFile>([["", "directory"], ...Object.entries(host)]);
  const open = new Map<number, string>();
  const owners = new Map<string, number>();
  const modes = new Map<string, number>();
  const mounts = new Map<string, string>();
  const consumed = new Set<number>();
  let nextDescriptor = 10;
  let fileSystems = 0;

  const fail = (call: keyof Kernel, errno: string): never => {
    throw new SystemCallError(call, errno);
  };
  const opened = (path: string): number => {
    open.set(nextDescriptor, path);
    return nextDescriptor++;
  };
  /** Follows mounts, never links. */
  const below = (start: string, path: string): string =>
    path.split("/").filter((name) => name !== "" && name !== ".").reduce((at, name) => {
      const next = `${at}/${name}`;
      return mounts.get(next) ?? next;
    }, start);
  const at = (directory: number, path: string): string =>
    below(path.startsWith("/") ? "" : open.get(directory) ?? "", path);
  const make = (call: keyof Kernel, path: string, file: FakeFile, mode: number) => {
    if (files.has(path)) fail(call, "EEXIST");
    files.set(path, file);
    modes.set(path, mode);
  };
  const device = (path: string) => Number(/^fs(\d+):/.exec(path)?.[1] ?? 0);

  const answers: Answers = {
    capget: (_, data) => void data.fill(0xff),
    umask: () => 0o022,
    geteuid: () => 0,
    /** The id of the only child. */
    clone: () => 77,
    openat(directory, path, flags, mode) {
      const target = at(directory, path);
      if ((flags & O.CREAT) !== 0) make("openat", target, "file", mode);
      const file = files.get(target) ?? fail("openat", "ENOENT");
      if ((flags & O.DIRECTORY) !== 0 && file !== "directory") fail("openat", "ENOTDIR");
      return opened(target);
    },
    openat2(directory, path, _how: OpenHow) {
      const target = at(directory, path);
      if (typeof (files.get(target) ?? fail("openat2", "ENOENT")) === "object") fail("openat2", "ELOOP");
      return opened(target);
    },
    open_tree: (fd) => opened(open.get(fd) ?? fail("open_tree", "EBADF")),
    fsopen: (type) => type === "" ? fail("fsopen", "ENODEV") : opened("context"),
    fsmount(fd) {
      if (fd < 0) fail("fsmount", "EBADF");
      const root = `fs${++fileSystems}:`;
      files.set(root, "directory");
      return opened(root);
    },
    move_mount(from, _, to) {
      if (from < 0) fail("move_mount", "EBADF");
      mounts.set(open.get(to) ?? fail("move_mount", "EBADF"), open.get(from) ?? fail("move_mount", "EBADF"));
      return 0;
    },
    mount_setattr: (fd) => fd < 0 ? fail("mount_setattr", "EINVAL") : 0,
    mount: (_source, _target, _type, flags) => (flags & (MS.REC | MS.REMOUNT)) !== 0 ? 0 : fail("mount", "EINVAL"),
    mkdirat: (directory, path, mode) => void make("mkdirat", at(directory, path), "directory", mode),
    mknodat: (directory, path, mode) => void make("mknodat", at(directory, path), "device", mode & ~S.IFMT),
    symlinkat: (target, directory, path) => void make("symlinkat", at(directory, path), { link: target }, 0o777),
    unlinkat: (directory, path) => void files.delete(at(directory, path)),
    readlinkat(directory, path, buffer) {
      const file = files.get(path === "" ? open.get(directory) ?? "" : at(directory, path));
      if (typeof file !== "object" || !("link" in file)) return fail("readlinkat", "EINVAL");
      return new TextEncoder().encodeInto(file.link, buffer).written;
    },
    fchownat: (fd, _, owner) => void owners.set(open.get(fd) ?? "", owner),
    fchmod: (fd, mode) => void modes.set(open.get(fd) ?? "", mode),
    statx(fd, _path, _flags, _mask, buffer) {
      const path = open.get(fd) ?? fail("statx", "EBADF");
      const file = files.get(path);
      const isLink = typeof file === "object" && "link" in file;
      const type = file === "directory" ? S.IFDIR : file === "device" ? S.IFCHR : isLink ? S.IFLNK : S.IFREG;
      const view = new DataView(buffer.buffer);
      view.setUint16(STATX_LAYOUT.mode, type | (modes.get(path) ?? 0o755), true);
      view.setUint32(STATX_LAYOUT.nlink, 2, true);
      view.setUint32(STATX_LAYOUT.uid, owners.get(path) ?? 0, true);
      view.setUint32(STATX_LAYOUT.dev_minor, device(path), true);
      view.setUint32(STATX_LAYOUT.rdev_major, file === "device" ? 1 : 0, true);
      view.setUint32(STATX_LAYOUT.rdev_minor, file === "device" ? 5 : 0, true);
      return 0;
    },
    fstatfs(fd, buffer) {
      buffer.fill(0, 0, STATFS_LAYOUT.size);
      if (!open.get(fd)?.startsWith("/proc/")) return;
      new DataView(buffer.buffer).setUint32(STATFS_LAYOUT.type, PROC_SUPER_MAGIC, true);
    },
    read(fd, buffer) {
      const file = files.get(open.get(fd) ?? "");
      if (typeof file !== "object" || !("content" in file) || consumed.has(fd)) return 0;
      consumed.add(fd);
      return new TextEncoder().encodeInto(file.content, buffer).written;
    },
    write: (_fd, _buffer, count) => count,
    memfd_create: () => opened("memory"),
    execveat() {
      throw new Executed();
    },
  };

  const calls: string[] = [];
  const kernel = kernelOf((name, args) => {
    calls.push(formatCall(name, args));
    const answer = answers[name] as ((...args: readonly Argument[]) => number | void) | undefined;
    return answer?.(...args) ?? 0;
  });
  return { kernel, calls };
}
