/** One line of /proc/PID/mountinfo, proc_pid_mountinfo(5). */
export interface Mount {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The directory of the file system that is the mount's root. */
  readonly root: string;
  /** Relative to the reading process's root directory. */
  readonly mountPoint: string;
  /** Options of this mount, such as `ro` and `nosuid`. */
  readonly options: ReadonlySet<string>;
  /** With whom mounts below it are shared, as in `shared:1`; empty where it is private. */
  readonly propagation: string;
  readonly type: string;
  /** Options of the file system, whichever of its mounts it is looked at by, such as `size=64k`. */
  readonly superOptions: ReadonlySet<string>;
}

/** Mounts in the kernel's order; lines that are none are left out. */
export function parseMountInfo(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [fields = "", rest = ""] = line.split(" - ", 2);
    const [id, parent, device, root, mountPoint, options, ...tags] = fields.split(" ");
    if (id === undefined || parent === undefined || device === undefined) return [];
    if (root === undefined || mountPoint === undefined || options === undefined) return [];
    const [type = "", , superOptions = ""] = rest.split(" ");
    return [{
      id: Number(id),
      parent: Number(parent),
      device,
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      options: new Set(options.split(",")),
      propagation: tags.join(" "),
      type,
      superOptions: new Set(superOptions.split(",")),
    }];
  });
}

/** The mounts below a mount at any depth, itself first, parents before their children. */
export function mountsBelow(mounts: readonly Mount[], id: number): Mount[] {
  const below = mounts.filter((mount) => mount.id === id);
  for (const mount of below) {
    // The array grows while it is walked: each mount found is searched for its own children.
    below.push(...mounts.filter((child) => child.parent === mount.id && child.id !== mount.id));
  }
  return below;
}

/** Space, tab, newline, backslash and `#` are written as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
