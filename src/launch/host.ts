import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { KernelFeatures } from "../host/kernel_features.ts";

/** The kernel that a launch acts on, and what it offers. */
export interface Host {
  readonly kernel: Kernel;
  readonly features: KernelFeatures;
}
