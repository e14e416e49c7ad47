import type { PublicKey } from "../../../ffi/librpm/openpgp.ts";
import type { Holder } from "../database/holders.ts";
import type { Nevra } from "../database/installed_package.ts";
import type { Committed } from "../generation/commit.ts";
import type { Step } from "../solve/resolution.ts";
import type { PackagedFile } from "./package_content.ts";

/** What a package has to be signed with. */
export interface PackageTrust {
  /** Those that count; what has expired or was taken back among them does not. */
  readonly keys: readonly PublicKey[];
  /** A package that is not signed with one of them is refused. Digests count in any case. */
  readonly required: boolean;
}

/** A step of a resolution; what is installed by it is in a file. */
export interface JobStep {
  readonly step: Step;
  /** Path of the package; absent for `erase`. Its checksum, where the step has one, is looked at again. */
  readonly file?: string;
  /** Absent for `erase`. */
  readonly trust?: PackageTrust;
}

/** What a package may bring along only where somebody has allowed it. */
export const PRIVILEGES = ["setuid", "capabilities", "devices", "world-writable"] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** What is to be done to the packages of a node. */
export interface TransactionJob {
  /** In the order of the resolution. */
  readonly steps: readonly JobStep[];
  /** What was asked for, for the history. */
  readonly command: readonly string[];
  /** Names of packages that the node has afterwards because others need them: nobody has asked for them. */
  readonly dependencies?: readonly string[];
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The nearest first: what they own cannot be owned once more, and their users own files. */
  readonly ancestors: readonly Holder[];
  /** What they own cannot be owned by the node from now on. */
  readonly descendants: readonly Holder[];
  readonly allowed: readonly Privilege[];
  /** Changes packages with scripts and runs none of them. */
  readonly noScripts: boolean;
  /** Milliseconds that a script has; `SCRIPT_TIMEOUT` when absent. */
  readonly scriptTimeout?: number;
}

/** How far it is, in an order that makes sense to people: verified, then installed and erased. */
export interface TransactionProgress {
  readonly kind: "verify" | "install" | "erase";
  readonly package: Nevra;
  /** Number of the package among those of its kind, from 1. */
  readonly number: number;
  readonly total: number;
}

/** A transaction that is the content of the node now. */
export interface AppliedTransaction extends Committed {
  /** What librpm had to say about it, and scripts that have failed. */
  readonly warnings: readonly string[];
}

/** How the process that lets librpm work has ended. */
export interface WorkerEnd {
  /** `exit code 0`, `signal SIGKILL`. */
  readonly status: string;
  /** What it said on standard error. */
  readonly complaint: string;
}

export type LineListener = (line: string) => string | undefined | Promise<string | undefined>;

/** How `redpak script` has ended; what has become of the script itself is in its report. */
export interface ScriptEnd {
  /** `exit code 0`, `signal SIGKILL`. */
  readonly status: string;
  /** The last of what was written to standard output and error. */
  readonly output: string;
  readonly isTimedOut: boolean;
}

/** A question about what scripts are run by. */
export interface ProgramQuestion {
  /** Path of the node. */
  readonly node: string;
  readonly programs: readonly string[];
  /** Files of packages that come. */
  readonly brought: readonly Pick<PackagedFile, "path" | "mode" | "target">[];
}

/** What a transaction needs of whoever runs it. */
export interface TransactionHost {
  /**
   * Runs `redpak transact` in a process of its own.
   *
   * @param job for its standard input
   * @param onLine is told each line that it writes, one after the other, and gives what is to be answered
   */
  readonly runWorker: (job: string, onLine: LineListener) => Promise<WorkerEnd>;
  /**
   * Runs `redpak script` in a process of its own, which ends with everything that it has started.
   *
   * @param job for its standard input
   * @param timeout milliseconds until it is killed
   */
  readonly runScript: (job: string, timeout: number) => Promise<ScriptEnd>;
  /** Programs that the node is certain not to show in admin mode, when packages have brought their files. */
  readonly missingPrograms: (question: ProgramQuestion) => Promise<readonly string[]>;
  readonly report?: (progress: TransactionProgress) => void;
}
