import type { ListenEntry } from "../../config/service_schema.ts";
import type { Capability } from "../../plan/operation.ts";

/** A node's program as a service that is started at boot. */
export interface BootService {
  /** Directory of the node. */
  readonly node: string;
  /** Name of the service: of its files, and for those that wait for it. */
  readonly name: string;
  readonly description: string;
  /** What starts it: an absolute path and arguments. */
  readonly command: readonly [program: string, ...string[]];
  /** The command is a sealed launcher. */
  readonly isSealed: boolean;
  /** Names of services that are started before it. */
  readonly after: readonly string[];
  /** How many are started one behind the other before it. */
  readonly level: number;
  readonly notify: boolean;
  readonly listen: readonly ListenEntry[];
  /** The user that it is for; 0 for root. */
  readonly uid: number;
  /** Capabilities that the program keeps as those of the host, and those that only this launcher needs. */
  readonly capabilities: readonly Capability[];
  /** Programs of the node, or its launcher, write where the system's own programs and settings are. */
  readonly writesSystem: boolean;
  /** Seconds after which a program that says nothing is taken for dead. */
  readonly watchdog?: number | undefined;
}

export interface BootFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/** Begins the names of services. */
export const SERVICE_PREFIX = "redpak-";

/** Seconds that a program may take to end: as `redpak stop` has it. */
export const STOP_SECONDS = 10;
