/** Names of the files that make a directory a node, relative to it. In each list the first that exists counts. */
export const STATUS_FILE = ".rednode.yaml";
export const NORMAL_FILES = ["etc/redpak.yaml", "etc/redpack.yaml"] as const;
export const ADMIN_FILES = ["etc/redpak-admin.yaml", "etc/redpack-admin.yaml"] as const;

/** The directory that the configuration files are in. */
export const CONFIG_DIRECTORY = "etc";

/** What redpak keeps of a node's packages. */
export const STATE_DIRECTORY = ".redpak";
