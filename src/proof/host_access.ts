import type { MergedExport, Sourced } from "../config/merged.ts";
import { BIND_MODES, type ExportMode, READ_ONLY_MODES } from "../config/schema.ts";
import { isWithin, normalizePath } from "../core/path.ts";

/** What a node can do with a path of the host, by strength. */
export const ACCESS = { none: 0, read: 1, write: 2 } as const;
export type Access = (typeof ACCESS)[keyof typeof ACCESS];

export type ExportLine = Sourced<MergedExport>;

/** A part of the host's tree that a node sees at one place. */
export interface Bind {
  readonly line: ExportLine;
  /** Path on the host. */
  readonly source: string;
  readonly access: Access;
  /** What of it the node does not see, because something else is mounted there. */
  readonly holes: readonly { readonly path: string; readonly line: ExportLine }[];
}

/** Modes that mount something, and so hide what lies below. The others add entries to what is there. */
const COVERS: readonly ExportMode[] = [...BIND_MODES, "Tmpfs", "Procfs", "Mqueue"];

/**
 * What exports show of the host, by the text of their paths: links are not followed.
 *
 * @param covers whether an export can be relied upon to hide what is below it
 */
export function listBinds(exports: readonly ExportLine[], covers: (line: ExportLine) => boolean): readonly Bind[] {
  // Two exports have the same mount only where they are merged as redpak 2.5 does: the later covers the earlier.
  const order = new Map(exports.map((line, index) => [line, index]));
  const follows = (other: ExportLine, line: ExportLine) => (order.get(other) ?? 0) > (order.get(line) ?? 0);
  const above = exports.filter((line) => COVERS.includes(line.value.mode) && covers(line));
  return exports.filter(({ value: { mode, path } }) => BIND_MODES.includes(mode) && path.startsWith("/")).map(
    (line) => {
      const { mode, mount, path } = line.value;
      const source = normalizePath(path);
      return {
        line,
        source,
        access: READ_ONLY_MODES.includes(mode) ? ACCESS.read : ACCESS.write,
        holes: above
          .filter((other) =>
            isWithin(other.value.mount, mount) && (other.value.mount !== mount || follows(other, line))
          )
          .map((other) => ({ path: normalizePath(source + other.value.mount.slice(mount.length)), line: other })),
      };
    },
  );
}

/** Whether a path of the host is to be seen through a bind. */
export function shows({ source, holes }: Bind, path: string): boolean {
  return isWithin(path, source) && !holes.some((hole) => isWithin(path, hole.path));
}

/**
 * The paths at which access can change. Below the deepest one that contains a path nothing changes any more, so what
 * holds at all of them holds at every path of the host.
 */
export function turningPoints(binds: readonly Bind[]): readonly string[] {
  return binds.flatMap(({ source, holes }) => [source, ...holes.map(({ path }) => path)]);
}
