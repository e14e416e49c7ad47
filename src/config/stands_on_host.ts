import { normalizePath } from "../core/path.ts";
import type { Family, RedNode } from "./node.ts";
import type { ExportMode } from "./schema.ts";

/** Modes that show a directory to the nodes inside as well. */
const INHERITED: readonly ExportMode[] = ["Restricted", "Public"];

const PROGRAMS = "/usr";

/**
 * Whether a family has what the host's packages have installed: where its topmost node exports the host's /usr, as /usr and to
 * the nodes inside as well. What is written there counts, without variables: it is the same for whoever asks.
 */
export function standsOnHost(family: Family): boolean {
  return exportsPrograms(family[family.length - 1] ?? family[0]);
}

function exportsPrograms({ normal }: RedNode): boolean {
  return (normal.config.exports ?? []).some(({ mode, mount, path = mount }) =>
    INHERITED.includes(mode) && normalizePath(mount) === PROGRAMS && normalizePath(path) === PROGRAMS
  );
}
