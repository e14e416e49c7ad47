/** Names of the files that make a directory a node, relative to it. In each list the first that exists counts. */
export const STATUS_FILE = ".rednode.yaml";
export const NORMAL_FILES = ["etc/redpak.yaml", "etc/redpack.yaml"] as const;
export const ADMIN_FILES = ["etc/redpak-admin.yaml", "etc/redpack-admin.yaml"] as const;

/** The directory that the configuration files are in. */
export const CONFIG_DIRECTORY = "etc";

/** What redpak keeps in a node about its packages; see ARCHITECTURE.md, Packages. Hidden, so that no scan looks into it. */
export const STATE_DIRECTORY = ".redpak";
