import type { Problem } from "../../core/error.ts";
import type { CheckId } from "./checks.ts";

/** Something that keeps an image from being proven. */
export interface Finding extends Problem {
  /** Which proof fails. */
  readonly check: CheckId;
  /** `warning`: it can be so on purpose. */
  readonly severity: "error" | "warning";
  /** Directory of the node on the device. */
  readonly node: string;
  /** A file on the device, where it is about one. */
  readonly path?: string;
  /** Name, version, release and architecture of a package, where it is about one. */
  readonly package?: string;
}
