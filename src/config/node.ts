import type { Position } from "../core/error.ts";
import type { Config, Status } from "./schema.ts";

/** The two configuration files of a node. The admin part counts only when admin mode is asked for. */
export type Part = "normal" | "admin";

/** Where in a file the value at a path of keys and indexes stands; the nearest enclosing value where it is absent. */
export type Locate = (path: readonly PropertyKey[]) => Position;

export interface ConfigFile {
  readonly part: Part;
  /** Absolute path of the file. */
  readonly file: string;
  readonly config: Config;
  readonly locate: Locate;
  /** The text that the value at a path of keys and indexes is written with. */
  readonly written: (path: readonly PropertyKey[]) => string | undefined;
  /** What `config.profile` names, where it does. */
  readonly profile?: Profile | undefined;
}

/** A file as it was read. */
export interface TextFile {
  /** Absolute path. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Values of `config` under a name. */
export interface Profile {
  readonly name: string;
  /** Absent for those that are shipped. */
  readonly source?: TextFile | undefined;
  readonly config: NonNullable<Config["config"]>;
  readonly locate: Locate;
}

export interface StatusFile {
  readonly file: string;
  readonly status: Status;
  readonly locate: Locate;
}

/** A node as its files describe it. */
export interface RedNode {
  /** Absolute, normalised path of the node's directory, without symbolic links and trailing slash. */
  readonly path: string;
  readonly status: StatusFile;
  readonly normal: ConfigFile;
  /** Absent where the node has none or admin mode was not asked for. */
  readonly admin?: ConfigFile | undefined;
  /** The path of the admin file, where the node has one, be it that it counts or not. */
  readonly adminFile?: string | undefined;
}

/** A node and its ancestors, the node itself ("leaf") first, the root of the family last. */
export type Family = readonly [RedNode, ...RedNode[]];
