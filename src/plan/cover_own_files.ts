import type { MergedExport, Sourced } from "../config/merged.ts";
import type { Family } from "../config/node.ts";
import { type Cover, guardOwnFiles } from "../config/own_files.ts";
import { BIND_MODES, type ExportMode, READ_ONLY_MODES } from "../config/schema.ts";
import { isWithin, normalizePath } from "../core/path.ts";

/** Modes that mount something on their place; the others make an entry there. */
const MOUNTS: readonly ExportMode[] = [...BIND_MODES, "Tmpfs", "Procfs", "Devfs", "Mqueue"];

/** An export, or a cover of a part of one, which follows it. */
export interface CoveredExport extends Sourced<MergedExport> {
  readonly cover?: Cover;
}

/**
 * The exports, and after each that is writable what mounts its parts that confine the node once more on their own place.
 * What another export mounts there anyway is judged by itself.
 */
export function coverOwnFiles(exports: readonly Sourced<MergedExport>[], family: Family): readonly CoveredExport[] {
  return exports.flatMap((sourced): CoveredExport[] => {
    const { mode, mount, path } = sourced.value;
    if (!BIND_MODES.includes(mode) || READ_ONLY_MODES.includes(mode) || !path.startsWith("/")) return [sourced];
    const shown = normalizePath(path);
    const inside = exports.filter(({ value }) =>
      MOUNTS.includes(value.mode) && value.optional !== true && value.mount !== mount && isWithin(value.mount, mount)
    );
    const covers = guardOwnFiles(shown, family).covers.map((cover): CoveredExport => {
      const value = { mode: modeOf(cover), mount: mount + cover.path.slice(shown.length), path: cover.path };
      return { ...sourced, value: { ...value, optional: cover.isMade }, cover };
    });
    return [
      sourced,
      ...covers.filter(({ value }) => !inside.some((other) => isWithin(value.mount, other.value.mount))),
    ];
  });
}

function modeOf({ readOnly, isFile }: Cover): ExportMode {
  return isFile ? "RestrictedFile" : readOnly ? "PrivateRestricted" : "Private";
}
