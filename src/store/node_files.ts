/** Names of the files that make a directory a node, relative to it. In each list the first that exists counts. */
export const STATUS_FILE = ".rednode.yaml";
export const NORMAL_FILES = ["etc/redpak.yaml", "etc/redpack.yaml"] as const;
export const ADMIN_FILES = ["etc/redpak-admin.yaml", "etc/redpack-admin.yaml"] as const;

/** Bytes of the largest configuration file that is read. */
export const SIZE_LIMIT = 1024 * 1024;

/** What names of redpak's own short-lived entries begin with; they are hidden, so no scan takes them for nodes. */
export const TEMPORARY_PREFIX = ".redpak-";
