/**
 * redpak as a library, for CI jobs: an image's nodes are loaded, merged, planned, verified and drawn. Nothing here starts
 * a node, changes a file or executes anything of an image.
 *
 * ```ts
 * import { verifyImage } from "@redpak/redpak";
 *
 * const verification = await verifyImage("rootfs", { assertions: "rules.txt" });
 * console.log(verification.toSarif());
 * if (!verification.proven) Deno.exit(1);
 * ```
 *
 * It takes the permissions `read`, `ffi` (for librpm and libsolv) and `sys` (for facts of this machine that an image does not
 * tell).
 *
 * @module
 */

// The image and its nodes.
export { type ImageNode, type ImageOptions, type LoadedImage, loadImage } from "./src/library/load_image.ts";
export type { LaunchPlan, PlannedOperation } from "./src/library/launch_plan.ts";
export type { Phase } from "./src/plan/operation.ts";
export type { PendingCommand } from "./src/config/merged.ts";
export type { MergedDocument, Origin, Plain } from "./src/config/merged_document.ts";
export type { Part } from "./src/config/node.ts";
export type { Architecture } from "./src/config/facts.ts";

// The proof of an image: what a node would see on the device, and what would fail there.
export { type Verification, verifyImage, type VerifyOptions } from "./src/library/verify_image.ts";
export { type Check, type CheckId, CHECKS } from "./src/proof/verify/checks.ts";
export type { Finding } from "./src/proof/verify/finding.ts";
export type { AcceptedFinding } from "./src/proof/verify/baseline.ts";
export type { AccessedPath, NetworkAccess, NodeAccess } from "./src/proof/assertion/node_access.ts";
export { CAPABILITIES, type Capability, type Namespace, NAMESPACES } from "./src/plan/operation.ts";
export { SECCOMP_PROFILES, type SeccompProfile } from "./src/config/schema.ts";

// Errors.
export { formatPosition, type Position, type Problem, RedpakError, type RedpakErrorOptions } from "./src/core/error.ts";
export type { Fix, KeyPath, ModeFix, TextFix } from "./src/core/fix.ts";
export { EXIT, type ExitCode } from "./src/core/exit_code.ts";
