import { ADMIN_FILES, NORMAL_FILES, STATE_DIRECTORY, STATUS_FILE } from "../config/node_files.ts";

export { ADMIN_FILES, NORMAL_FILES, STATE_DIRECTORY, STATUS_FILE };

/** Bytes of the largest configuration file that is read. */
export const SIZE_LIMIT = 1024 * 1024;

/** What names of redpak's own short-lived entries begin with; they are hidden, so no scan takes them for nodes. */
export const TEMPORARY_PREFIX = ".redpak-";

/** In the state directory, while the content of the node is being switched: who finds it finishes that first. */
export const COMMIT_FILE = "commit.json";

/** Whether a path, relative to a node, is of what decides how the node is confined, or of redpak's own state. */
export function decidesAboutNode(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name === STATUS_FILE || path === STATE_DIRECTORY || path.startsWith(`${STATE_DIRECTORY}/`) ||
    [...NORMAL_FILES, ...ADMIN_FILES].some((file) => file === path);
}
