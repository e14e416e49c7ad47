import type { Position } from "../core/error.ts";

/**
 * The vocabulary of the plan: one row per operation, in the words of the kernel's manual pages. The table is the only
 * place that knows the operands; the types, the binary form, the text form and the stage's header derive from it.
 *
 * Operand kinds:
 * - `text` a string without NUL; `texts` a list of them
 * - `number` an unsigned 32-bit integer; `numbers` a list; `size` an unsigned 64-bit integer
 * - `flag` a boolean
 * - `namespace` / `namespaces` names of clone(2)'s namespaces
 * - `mountOptions` restrictions of mount(2) by their fstab names, and `idmap`: the ids of the namespace of `id-map`
 * - `capabilities` names of capabilities(7), ascending by number
 * - `idMaps` lines of user_namespaces(7) uid_map
 * - `source` where something is taken from: a path; 0 to 2, the caller's standard descriptors; or another descriptor, of a
 *   mount that the launcher has taken already
 * - `content` what a new file contains
 * - `filter` a program of classic BPF, each instruction as the number that its 8 bytes are
 */
export const OPERATIONS = {
  // Mount tree. Destinations are resolved inside the new root, never on the host.
  "unshare": { code: 1, operands: { namespaces: "namespaces" } },
  "make-private": { code: 2, operands: {} },
  /**
   * The user namespace whose maps the mounts with the option `idmap` have, mount_setattr(2): an id `inside` on the disk is
   * `outside` by way of the mount.
   */
  "id-map": { code: 44, operands: { uidMaps: "idMaps", gidMaps: "idMaps" } },
  /** A `tmpfs`. The owner gets the pipes that are standard descriptors, too: a program may open /dev/stdout. */
  "root": {
    code: 3,
    operands: { mode: "number", uid: "number", gid: "number", options: "mountOptions", size: "size", inodes: "number" },
  },
  /**
   * `smack`: the label of what is made; empty for the launcher's. `optional`: one that the launcher is not permitted to make
   * is left out, for then no program of the node is either.
   */
  "ensure-directory": {
    code: 4,
    operands: { path: "text", mode: "number", uid: "number", gid: "number", smack: "text", optional: "flag" },
  },
  /**
   * `optional`: an absent source is skipped; any other failure stops the launch. `isFile`: it must not be a directory.
   * `isDevice`: it must be a device.
   */
  "bind": {
    code: 5,
    operands: {
      source: "source",
      destination: "text",
      options: "mountOptions",
      optional: "flag",
      isFile: "flag",
      isDevice: "flag",
    },
  },
  /**
   * A device node with the numbers that the device at `source` has now, and an owner of the node's: nothing that is done to
   * it reaches the host's own. `access` is what its owner may do, `r`, `w` or `rw`.
   */
  "device": {
    code: 53,
    operands: { source: "source", destination: "text", access: "text", uid: "number", gid: "number", optional: "flag" },
  },
  /** Holds at most `size` bytes and `inodes` files, directories and links; 0: as the kernel has it, tmpfs(5). */
  "tmpfs": {
    code: 6,
    operands: {
      destination: "text",
      mode: "number",
      uid: "number",
      gid: "number",
      options: "mountOptions",
      size: "size",
      inodes: "number",
    },
  },
  "directory": { code: 7, operands: { destination: "text", mode: "number", uid: "number", gid: "number" } },
  "symlink": { code: 8, operands: { target: "text", destination: "text" } },
  "file": {
    code: 9,
    operands: { content: "content", destination: "text", mode: "number", uid: "number", gid: "number" },
  },
  "devpts": { code: 10, operands: { destination: "text" } },
  /** `onlyPids`: it shows nothing but processes, those that who reads it may trace, proc(5). */
  "procfs": { code: 11, operands: { destination: "text", onlyPids: "flag" } },
  "mqueue": { code: 12, operands: { destination: "text" } },
  /** Binds what is at `destination` onto itself read-only; a missing destination is nothing to protect. */
  "protect": { code: 13, operands: { destination: "text" } },
  /** Puts something that nobody can open in the place of the file at `destination`; a missing one is nothing to hide. */
  "mask": { code: 51, operands: { destination: "text" } },
  // Namespaces and processes.
  /**
   * What a process has from its caller besides credentials: personality(2), scheduling policy, nice value, I/O priority and
   * timer slack become those of a process that nobody has touched.
   */
  "reset-attributes": { code: 40, operands: {} },
  /** A session keyring with nothing in it instead of the caller's, keyrings(7). */
  "session-keyring": { code: 41, operands: {} },
  /** `score` is above proc(5)'s oom_score_adj by 1000, to have no sign. */
  "oom-score": { code: 52, operands: { score: "number" } },
  /**
   * In the pid namespace that `clone` makes, files of memfd_create(2) cannot be executed: sysctl vm.memfd_noexec at 2, which
   * only root of the host may set.
   */
  "memfd-noexec": { code: 55, operands: {} },
  "join": { code: 14, operands: { namespace: "namespace", source: "source" } },
  /**
   * The launcher ends as soon as the program was started, and the node goes on without it. It keeps nobody waiting who reads
   * what the launcher writes: the program reads from /dev/null, and what it writes is appended to `log`, a file of the host
   * that is made where it is missing; empty: nowhere. The launcher writes `message` to its standard output, with the number of
   * the process that stands for the node between the texts.
   */
  "detach": { code: 69, operands: { log: "text", message: "texts" } },
  /**
   * Starts the node's init in the new namespaces, from here on the plan is its. A time namespace is among them only where
   * init becomes the program.
   */
  "clone": {
    code: 15,
    operands: {
      namespaces: "namespaces",
      uidMaps: "idMaps",
      gidMaps: "idMaps",
      denySetgroups: "flag",
    },
  },
  "pivot-root": { code: 16, operands: {} },
  "detach-old-root": { code: 17, operands: {} },
  "hostname": { code: 18, operands: { name: "text" } },
  "loopback": { code: 19, operands: {} },
  "lock": { code: 20, operands: { destination: "text" } },
  /** Starts the program's process: init stays behind to reap, from here on the plan is the program's. */
  "fork": { code: 21, operands: {} },
  /** Instead of `fork`: PID 1 of the node becomes the program. Nobody stays behind to reap. */
  "become-program": { code: 68, operands: {} },
  // The program's process.
  "umask": { code: 22, operands: { mask: "number" } },
  /**
   * `resource` is the number of getrlimit(2) on x86_64 and aarch64 alike. A `hard` above that of the caller, such as
   * the maximum size, leaves it as it is; a `soft` above the hard limit becomes the hard limit. One below the maximum is half of
   * the machine's memory, for both. `unless`: the file of a
   * control group that limits the same, and better; where the launch's own group has it, nothing is done. Empty: always.
   */
  "rlimit": { code: 23, operands: { resource: "number", soft: "size", hard: "size", unless: "text" } },
  "session": { code: 24, operands: {} },
  "identity": { code: 25, operands: { uid: "number", gid: "number", groups: "numbers", dropGroups: "flag" } },
  /**
   * The first directory that can be entered; its path becomes `PWD`. Of a sealed launcher's caller are the directory "", its
   * working directory, and one without `/`, a variable of its environment.
   */
  "chdir": { code: 26, operands: { directories: "texts" } },
  "capabilities": {
    code: 27,
    operands: {
      bounding: "capabilities",
      effective: "capabilities",
      permitted: "capabilities",
      inheritable: "capabilities",
      ambient: "capabilities",
    },
  },
  /** Bits of `SECUREBITS`: the kernel no longer gives uid 0 what the capability sets do not. */
  "securebits": { code: 42, operands: { bits: "number" } },
  "no-new-privileges": { code: 28, operands: {} },
  /**
   * Closes every descriptor from `from` on, and behind those that `caller` passes on. What is left from 3 on are sockets that the
   * service manager has opened for the program, which gets LISTEN_PID, sd_listen_fds(3).
   */
  "close-descriptors": { code: 29, operands: { from: "number" } },
  /** The filter of system calls, seccomp(2); `profile` is for the reader. */
  "seccomp": { code: 43, operands: { profile: "text", filter: "filter" } },
  "exec": { code: 30, operands: { arguments: "texts", environment: "texts" } },
  /** Where the launcher reports `started`, `setup-failed` and `exited` as lines of JSON. */
  "report": { code: 31, operands: { descriptor: "number" } },
  /**
   * Restricts the program, and all that it starts, by landlock(7): what lies below `readable` can be read and executed,
   * what lies below `writable` changed as well, and nothing else of the file system be opened; TCP ports are limited to
   * `bind` and `connect` where `limitBind` and `limitConnect` say so; `scopeSignals` and `scopeSockets` leave signals and
   * abstract sockets among the restricted. `minimum` is the lowest version of Landlock's interface that will do; 0 takes
   * what the kernel has.
   */
  "landlock": {
    code: 50,
    operands: {
      minimum: "number",
      limitBind: "flag",
      limitConnect: "flag",
      scopeSockets: "flag",
      scopeSignals: "flag",
      readable: "texts",
      writable: "texts",
      bind: "numbers",
      connect: "numbers",
    },
  },
  /** Gives the launcher, and so everything that comes from it, a label of the Smack security module. */
  "smack": { code: 32, operands: { label: "text" } },
  /** The label that the program gets with its exec: `module` is apparmor or selinux. */
  "exec-label": { code: 45, operands: { module: "text", label: "text" } },
  // Control groups.
  /**
   * Makes the group at `path` below `root`, the launcher's own group where that is empty, or below the node's parents;
   * gives it the controllers, and exactly the settings, each `file=value`.
   *
   * In a sealed plan, `root` is the path of a directory, below which the caller's own group is meant where it ends with `/`;
   * a controller or setting with `?` before it may fail; and the value `half` is half of the machine's memory in bytes.
   */
  "cgroup": {
    code: 33,
    operands: { root: "text", path: "texts", controllers: "texts", settings: "texts", optional: "flag" },
  },
  /**
   * Makes a group of this launch alone in the group `source`, and has `clone` start init in it. At the end it is removed,
   * and the `levels` above it as far as nobody else is in them. Settings are left out where there is no controller.
   */
  "enter-cgroup": {
    code: 34,
    operands: { source: "source", levels: "number", settings: "texts", optional: "flag" },
  },
  /**
   * What the launch's own group can open of all devices, cgroup-v2.rst: those of the `rules` (device_filter/rule.ts), of the `device`
   * operations, and the devices that the caller's standard descriptors are of.
   */
  "device-filter": { code: 54, operands: { rules: "texts", optional: "flag" } },
  /**
   * The same as a program of extended BPF, each instruction as the number that its 8 bytes are. `slots` are the indices of three
   * rules for the devices that the caller's standard descriptors are of: the stage writes their numbers there.
   */
  "device-program": { code: 56, operands: { program: "filter", slots: "numbers", optional: "flag" } },
  /**
   * A user and a mount namespace inside those of the node's init, which loses its power over the others: what is mounted
   * is locked for whoever comes after it.
   */
  "nest-user-namespace": { code: 35, operands: { uidMaps: "idMaps", gidMaps: "idMaps" } },
  /** The launcher ends with this exit status, whatever becomes of the program. */
  "exit-status": { code: 36, operands: { value: "number" } },
  /** The record of this launch, which the supervisor removes at its end: a file in the directory `descriptor`. */
  "record": { code: 60, operands: { descriptor: "number", name: "text" } },
  /**
   * Where the launcher was before it made itself a mount namespace, `namespace` and `root` being descriptors of that and of its
   * root directory. The supervisor goes back when init has its own: what is unmounted on the host meanwhile is not kept by it.
   */
  "home": { code: 67, operands: { namespace: "number", root: "number" } },
  /**
   * Instead of `clone`: starts a process in the namespaces of a running node, which forks the program there. The process
   * `source` is in them; `cgroups` are descriptors of cgroup.procs files of the groups that it belongs to.
   */
  "enter": { code: 61, operands: { namespaces: "namespaces", source: "source", cgroups: "numbers" } },
  /**
   * Everything is mounted: the content of nodes may be switched again. It is locked by these descriptors of the launcher's, or
   * by `hold`.
   */
  "release": { code: 62, operands: { descriptors: "numbers" } },
  // Sealed launchers, whose stage nobody has prepared anything for.
  /**
   * Refuses to go on where something has changed since the launcher was sealed. `uid` and `gid` are the user's and group's
   * who may start it, `kernel` is the version that it takes at least, the first number in the high half. Each of `files` has
   * four `stamps`: inode, size in bytes, and the times of modification and change in nanoseconds since 1970; all are 0 where
   * nothing is to be there. Where `renew` is not empty, it is executed instead of the refusal, with what follows the
   * launcher's name on its command line.
   */
  "sealed": {
    code: 63,
    operands: { uid: "number", gid: "number", kernel: "number", files: "texts", stamps: "filter", renew: "texts" },
  },
  /**
   * The program gets the arguments behind the launcher's name as well, and of the launcher's environment the `variables`, or,
   * where `all` is set, whatever there is but `removed`. Those that `exec` sets otherwise stay as they are there. At most `sockets`
   * descriptors from 3 on are the program's, where the launcher's environment says that they are opened for it, sd_listen_fds(3).
   */
  "caller": { code: 64, operands: { sockets: "number", variables: "texts", all: "flag", removed: "texts" } },
  /** Locks the content of these nodes until `release`: for so long nobody switches it. */
  "hold": { code: 65, operands: { nodes: "texts" } },
  /** Writes the record of this launch into a directory of the user's alone, which is made where it is missing. */
  "write-record": { code: 66, operands: { directory: "text" } },
} as const satisfies Record<string, OperationRow>;

export interface OperationRow {
  /** Number in the binary form; never reused. */
  readonly code: number;
  readonly operands: Readonly<Record<string, OperandKind>>;
}

export type OperandKind = keyof OperandTypes;

/** Bits of clone(2), `linux/sched.h`. */
export const NAMESPACES = {
  time: 0x0000_0080,
  mount: 0x0002_0000,
  cgroup: 0x0200_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  user: 0x1000_0000,
  pid: 0x2000_0000,
  net: 0x4000_0000,
} as const;
/** A kind of namespace, namespaces(7). */
export type Namespace = keyof typeof NAMESPACES;

/** Bits of mount(2), which are those of mount_setattr(2) but for `nosymfollow`; `idmap` is that one's alone. `linux/mount.h`. */
export const MOUNT_OPTIONS = { ro: 1, nosuid: 2, nodev: 4, noexec: 8, nosymfollow: 0x100, idmap: 0x100000 } as const;
export type MountOption = keyof typeof MOUNT_OPTIONS;

/** Bits of capabilities(7), `linux/securebits.h`. */
export const SECUREBITS = {
  noroot: 0x01,
  "noroot-locked": 0x02,
  "no-setuid-fixup": 0x04,
  "no-setuid-fixup-locked": 0x08,
  "keep-caps": 0x10,
  "keep-caps-locked": 0x20,
  "no-cap-ambient-raise": 0x40,
  "no-cap-ambient-raise-locked": 0x80,
} as const;

/** Capabilities by number, `linux/capability.h` of Linux 5.9 and later. */
export const CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;
/** The name of a capability, capabilities(7). */
export type Capability = (typeof CAPABILITIES)[number];

/** One line of a uid_map: `count` ids from `inside` on are those from `outside` on in the launcher's namespace. */
export interface IdMap {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export type Source = { readonly path: string } | { readonly descriptor: number };

/** Standard output of a shell command, what a descriptor holds, or the bytes themselves as text. */
export type Content = { readonly command: string } | { readonly descriptor: number } | { readonly text: string };

export interface OperandTypes {
  text: string;
  texts: readonly string[];
  number: number;
  numbers: readonly number[];
  size: bigint;
  flag: boolean;
  namespace: Namespace;
  namespaces: readonly Namespace[];
  mountOptions: readonly MountOption[];
  capabilities: readonly Capability[];
  idMaps: readonly IdMap[];
  source: Source;
  content: Content;
  filter: readonly bigint[];
}

type Operands<K extends OperationName> = {
  readonly [F in keyof (typeof OPERATIONS)[K]["operands"]]: (typeof OPERATIONS)[K]["operands"][F] extends OperandKind
    ? OperandTypes[(typeof OPERATIONS)[K]["operands"][F]]
    : never;
};

export type OperationName = keyof typeof OPERATIONS;

/** One of them ends what init does: what follows is the program's process's. */
export const STARTS: readonly OperationName[] = ["fork", "become-program"];

/**
 * Who does it: `host` the launcher with the caller's privileges, before the node exists; `init` the stage (the
 * supervisor up to `clone` or `enter`, the node's init up to `fork`, the program's process up to `exec`). A stage that gets a whole
 * plan does the host phase as well, as its supervisor.
 */
export type Phase = "host" | "init";

export type Operation<K extends OperationName = OperationName> = {
  [N in K]: {
    readonly operation: N;
    readonly phase: Phase;
    /** The configuration line that asked for it; absent where it is redpak's own rule. */
    readonly origin?: Position;
  } & Operands<N>;
}[K];
