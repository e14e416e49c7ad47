/**
 * Attacks on a launcher of nodes, and what comes of each here. The table of SECURITY.md is made from it:
 * scripts/generate_catalogue.ts.
 *
 * Letters: A mounts and paths, B descriptors, environment and identity, C /proc, /sys and /dev, D capabilities and kernel,
 * E processes, terminals and IPC, F resources, G configuration, H packages, I updates and verification.
 */
import { CONFIGURATION } from "./configuration.ts";
import { DESCRIPTORS } from "./descriptors.ts";
import { KERNEL } from "./kernel.ts";
import { MOUNTS } from "./mounts.ts";
import { PACKAGES } from "./packages.ts";
import { PROC } from "./proc.ts";
import { PROCESSES } from "./processes.ts";
import { RESOURCES } from "./resources.ts";

export interface Entry {
  readonly id: string;
  readonly attack: string;
  readonly defence: string;
  /**
   * `held`; `in part`, the rest being in `because`; `not held`; `not yet`: what it attacks does not exist, or its defence is
   * still to be made; `outside`: no launcher can hold it.
   */
  readonly result: "held" | "in part" | "not held" | "not yet" | "outside";
  /** Why it is not just held. */
  readonly because?: string;
  /** Tests of it: a file below the repository without its ending, and the beginning of a claim. */
  readonly tests?: readonly (readonly [file: string, claim: string])[];
  /** The probe tries it, from inside a node with the default profile; see probe_test.ts. */
  readonly probed?: true;
  /** Texts of the probe's checks that the default profile leaves open. */
  readonly open?: readonly string[];
  /** Those that are open on kernels before a version. */
  readonly openBefore?: Readonly<Record<string, readonly [major: number, minor: number]>>;
  /** Those that are open where no privilege is there to close them. */
  readonly openToUsers?: readonly string[];
  /** As these, where the user has no subordinate ids either. */
  readonly openWithoutRanges?: readonly string[];
}

export const CATALOGUE: readonly Entry[] = [
  ...MOUNTS,
  ...DESCRIPTORS,
  ...PROC,
  ...KERNEL,
  ...PROCESSES,
  ...RESOURCES,
  ...CONFIGURATION,
  ...PACKAGES,
];
