/**
 * redpak as a library: what a CI system or a graphical tool needs to read, merge, plan and manage nodes.
 *
 * Everything that decides is pure: the same files and facts give the same plan, byte for byte. What touches the file
 * system needs the permissions `read` and, to change something, `write`. Nothing here starts a node.
 *
 * ```ts
 * import { buildPlan, loadFamily, mergeFamily, renderPlan } from "@redpak/redpak";
 *
 * const family = await loadFamily("/srv/nodes/nav");
 * const merged = mergeFamily(family, { admin: false, facts });
 * console.log(renderPlan(buildPlan(merged, { arguments: ["sh"], facts })));
 * ```
 *
 * @module
 */

// Errors.
export { formatPosition, type Position, type Problem, RedpakError } from "./src/core/error.ts";
export type { Fix, KeyPath, ModeFix, TextFix } from "./src/core/fix.ts";
export { EXIT, type ExitCode } from "./src/core/exit_code.ts";

// Configuration: from the text of files to one effective configuration.
export { parseConfig, type ParseOptions, parseStatus } from "./src/config/parse.ts";
export { parsePolicy, type Policy, type PolicyFile } from "./src/config/policy.ts";
export { type Owners, policyOwners } from "./src/config/policy_owners.ts";
export { jsonSchema, type SchemaKind } from "./src/config/json_schema.ts";
export { mergeFamily, type MergeOptions } from "./src/config/merge.ts";
export { type MergedDocument, type Origin, toConfig } from "./src/config/merged_document.ts";
export { type ConfigState, diffDocuments, type Difference } from "./src/config/diff_documents.ts";
export { refuseDisabled } from "./src/config/state.ts";
export type { Config, Export, ExportMode, Status } from "./src/config/schema.ts";
export type { CommandOutputs, Facts } from "./src/config/facts.ts";
export type { MergedConfig, PendingCommand, Sourced } from "./src/config/merged.ts";
export type { ConfigFile, Family, Part, RedNode, StatusFile } from "./src/config/node.ts";

// The proof that no node loosens what its ancestors restrict.
export { findLoosenings, type LooseningOptions } from "./src/proof/find_loosenings.ts";
export { findPolicyViolations } from "./src/proof/find_policy_violations.ts";
export { type PolicyLimits, readPolicyLimits } from "./src/proof/policy_limits.ts";

// The proof of an image: what a node would see on the device, and what would fail there.
export type { Image, ImageEntry } from "./src/core/image.ts";
export { NodeView, type Seen } from "./src/proof/image/node_view.ts";
export { findLinkFaults, type LinkFault, type LinkRequest } from "./src/proof/elf/find_link_faults.ts";
export { findMountFaults } from "./src/proof/verify/find_mount_faults.ts";
export { accessOf, type NodeAccess } from "./src/proof/assertion/node_access.ts";
export type { Assertion } from "./src/proof/assertion/assertion.ts";
export { parseAssertions } from "./src/proof/assertion/parse_assertions.ts";
export { findViolations } from "./src/proof/assertion/find_violations.ts";
export { type CheckId, CHECKS } from "./src/proof/verify/checks.ts";
export type { Finding } from "./src/proof/verify/finding.ts";

// Drawings of an image's nodes, from what `redpak graph --json` prints.
export type { Graph } from "./src/view/graph/graph.ts";
export { graphToHtml } from "./src/view/graph/html.ts";
export { graphToSvg } from "./src/view/graph/svg.ts";

// The plan: every operation of a launch, as data.
export { buildPlan, type PlanRequest } from "./src/plan/build.ts";
export { renderPlan } from "./src/plan/render_text.ts";
export { planFromJson, planToJson } from "./src/plan/json.ts";
export { encodePlan } from "./src/plan/encode.ts";
export { decodePlan } from "./src/plan/decode.ts";
export { type Operation, type OperationName, OPERATIONS } from "./src/plan/operation.ts";
export type { Plan } from "./src/plan/plan.ts";

// Node directories.
export { DirectoryImage } from "./src/store/directory_image.ts";
export { type LoadedNode, loadNode, type LoadOptions } from "./src/store/load_node.ts";
export { type LoadedFamily, loadFamily } from "./src/store/load_family.ts";
export { loadPolicy, POLICY_FILE } from "./src/store/load_policy.ts";
export { checkTrust, refuseUntrusted } from "./src/store/trust.ts";
export type { Ownership } from "./src/store/read_file.ts";
export { eachNode, findTree, type Tree, type TreeNode } from "./src/store/find_tree.ts";
export { createNode, type Creation, type NewNode, planCreation, type Template } from "./src/store/create_node.ts";
export { deleteNode, type Deletion, planDeletion } from "./src/store/delete_node.ts";
export { planState, setState, type State, type StateChange } from "./src/store/set_state.ts";
export { lockNode } from "./src/store/lock_node.ts";
