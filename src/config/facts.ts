/**
 * What expansion needs to know about the moment and the machine. It is given, never looked up, so that the same facts
 * give the same plan, byte for byte.
 */
export interface Facts {
  /** Of the machine that the node runs on, as uname(2) names it. */
  readonly architecture: Architecture;
  /** Release of the kernel that runs, as uname(2) names it. */
  readonly kernel: string;
  /** Bytes of memory that the machine has. */
  readonly memory: number;
  /** The launcher's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Ids of the user and group that the program will have by default: the launcher's own. */
  readonly uid: number;
  readonly gid: number;
  /** Process id of redpak. */
  readonly pid: number;
  /** The launcher's working directory. */
  readonly cwd: string;
  /** Local time, `dd-Mon-yyyy hh:mm (ZONE)`. */
  readonly today: string;
  /** A random UUID in lower case, another for each occurrence in the configuration. */
  readonly uuid: (occurrence: string) => string;
  /** Where the cgroup v2 tree is mounted. */
  readonly cgroupMountPoint: string;
  /**
   * Ids of a user of the host's databases, found by name, else by number, and of a group by name; `undefined` for
   * unknown ones.
   */
  readonly userId: (user: string) => { readonly uid: number; readonly gid: number } | undefined;
  readonly groupId: (name: string) => number | undefined;
  /** The first ids of ranges of the host that the launcher may map into a node; asked for where it is not root. */
  readonly subordinateIds?: (() => { readonly uid: number; readonly gid: number } | undefined) | undefined;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
}

/** A machine that redpak is made for, as uname(2) names it. */
export type Architecture = "x86_64" | "aarch64";

/** Standard output of the configuration's commands that have been run, by the command's text. */
export type CommandOutputs = ReadonlyMap<string, string>;
