import type { Position } from "../../core/error.ts";
import type { Located } from "./repo_values.ts";

/** A repository as it counts in a node. */
export interface Repository {
  readonly id: string;
  readonly name: string;
  /** Path of the node that defines it: the node itself or an ancestor. */
  readonly node: string;
  readonly where: Position;
  readonly enabled: boolean;
  /** Addresses; those of mirrors come in addition. */
  readonly baseUrls: readonly string[];
  readonly mirrorlist: string | undefined;
  readonly metalink: string | undefined;
  /** Packages must be signed. */
  readonly gpgcheck: boolean;
  /** The metadata must be signed. */
  readonly repoGpgcheck: boolean;
  /** Addresses of keys; without any, the keys of the node and its ancestors are meant. */
  readonly gpgKeys: readonly Located<string>[];
  /** The lowest wins. */
  readonly priority: number;
  /** Of equal ones the cheapest wins. */
  readonly cost: number;
  /** Patterns of names: nothing else is taken from it, where there are any. */
  readonly includes: readonly string[];
  /** Patterns of names that are not taken from it. */
  readonly excludes: readonly string[];
  /** Seconds until the metadata has to be looked at again. */
  readonly metadataExpire: number;
  /** What cannot be had is left out, with a warning. */
  readonly skipIfUnavailable: boolean;
  readonly transfer: Transfer;
}

/** How a repository is spoken to. */
export interface Transfer {
  /** Paths of PEM files: authorities to believe in addition, and the client's own certificate. */
  readonly caCertificate: Located<string> | undefined;
  readonly clientCertificate: Located<string> | undefined;
  readonly clientKey: Located<string> | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly proxy: string | undefined;
  /** Seconds without `minRate` bytes a second after which a server counts as gone. */
  readonly timeout: number;
  readonly minRate: number;
  /** How many more times a file is asked for, of all mirrors together. */
  readonly retries: number;
}

/** What counts where a file says nothing: as in dnf.conf(5), but for `retries`, which is 10 there. */
export const DEFAULTS = {
  priority: 99,
  cost: 1000,
  metadataExpire: 48 * 3600,
  timeout: 30,
  minRate: 1000,
  retries: 4,
} as const;
