import type { CommandOutputs, Facts } from "../config/facts.ts";
import { type LaunchBasis, launchBasis } from "../config/launch_basis.ts";
import { mergeFamily, type ScalarOverrides } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { ExportMode } from "../config/schema.ts";
import type { Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { buildPlan } from "../plan/build.ts";
import type { Plan } from "../plan/plan.ts";
import { type LoadedFamily, loadFamily } from "../store/load_family.ts";
import { refuseUntrusted } from "../store/trust.ts";
import { type Detachment, detachMessage } from "./detach_message.ts";
import { gatherFacts } from "./facts.ts";
import type { HostPolicy } from "./host_policy.ts";
import type { CertificateDemand } from "./hold_to_certificate.ts";
import { holdToFamily } from "./hold_to_family.ts";
import { isThere } from "./is_there.ts";
import { loadHostPolicy } from "./load_host_policy.ts";
import { refuseCommands } from "./refuse_commands.ts";

/**
 * What is done as redpak 2.5 does it: nothing; the reading of files; or the merge as well, which lets a node loosen its
 * ancestors, with warnings.
 */
export type Compat = "none" | "files" | "full";

export interface LaunchRequest {
  readonly path: string;
  readonly admin: boolean;
  /** The program and its arguments; empty for the node's shell. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly reportDescriptor?: number | undefined;
  readonly exitStatus?: number | undefined;
  readonly compat?: Compat;
  readonly overrides?: ScalarOverrides;
  /** Exports of directories that are missing on the host are left out, instead of making the directories. */
  readonly skipMissing?: boolean;
  /** Ids inside are those of the host, as they are with `compat: "full"`. */
  readonly hostIds?: boolean;
  /** The node has processes and IPC objects of its own, whatever is configured: what is started in it ends with it. */
  readonly ownProcesses?: boolean;
  /** A configuration with commands is refused. */
  readonly noExec?: boolean;
  /** Of another moment or machine; those of now when absent. */
  readonly facts?: Facts;
  /** The launcher ends when the program was started; otherwise it stays. */
  readonly detach?: Detachment | undefined;
  /** For a launcher that is started later. */
  readonly sealed?: boolean;
  /** Beside what the host policy asks for. */
  readonly certificate?: CertificateDemand | undefined;
}

/** A launch, decided as far as it can be without running a command of the configuration. */
export interface DecidedLaunch {
  readonly family: LoadedFamily;
  readonly facts: Facts;
  readonly policy: HostPolicy | undefined;
  readonly merged: (outputs?: CommandOutputs) => MergedConfig;
  /** The plan; complete when it is given the outputs of the commands that it lists as pending without them. */
  readonly plan: (outputs?: CommandOutputs) => Plan;
}

/** A launch of this machine's. */
export interface PreparedLaunch extends DecidedLaunch {
  readonly basis: LaunchBasis;
}

/**
 * Reads what a launch depends on, and refuses what is not trusted.
 *
 * @throws {RedpakError} as `loadFamily`, `loadHostPolicy`, `refuseUntrusted`, `holdToCertificate`, `mergeFamily`,
 * `holdToFamily`, `HostPolicy.refuseViolations` and `refuseCommands`
 */
export async function prepareLaunch(request: LaunchRequest): Promise<PreparedLaunch> {
  const { path, admin, environment, compat = "none", overrides = {} } = request;
  const family = await loadFamily(path, { admin, compat: compat !== "none" });
  const facts = request.facts ?? gatherFacts(environment);
  const policy = await loadHostPolicy(facts);
  refuseUntrusted(family, facts.uid, policy?.owners);
  const altered = compat !== "none" || Object.keys(overrides).length > 0 || request.skipMissing === true;
  const basis = await launchBasis(family, altered);
  const demands = [request.certificate, policy?.certificate].filter((demand) => demand !== undefined);
  if (demands.length > 0) {
    const { holdToCertificate } = await import("./hold_to_certificate.ts");
    for (const demand of demands) await holdToCertificate({ node: family[0].path, admin, basis }, demand);
  }
  return { ...decideLaunch({ family, facts, policy }, request), basis };
}

/** A launch of nodes that have been read, on a machine that may be another. @throws {RedpakError} as `prepareLaunch` */
export function decideLaunch(
  { family, facts, policy }: Pick<DecidedLaunch, "family" | "facts" | "policy">,
  request: Omit<LaunchRequest, "path" | "environment">,
): DecidedLaunch {
  const { admin, reportDescriptor, exitStatus, detach, compat = "none", overrides = {} } = request;
  const [{ path: node, normal: { config: { headers: { alias } } } }] = family;
  const merge = (outputs?: CommandOutputs): MergedConfig => {
    const options = {
      admin,
      facts,
      overrides,
      compat: compat === "full",
      ...outputs === undefined ? {} : { outputs },
    };
    const all = mergeFamily(family, options);
    const merged = request.ownProcesses === true ? ownProcesses(all) : all;
    const held = holdToFamily(family, request.skipMissing === true ? skipMissing(merged) : merged, options);
    policy?.refuseViolations(family, held, options);
    if (request.noExec === true) refuseCommands(held);
    return held;
  };
  const first = merge();
  const complete = (outputs?: CommandOutputs) => outputs === undefined ? first : merge(outputs);
  return {
    family,
    facts,
    policy,
    merged: complete,
    plan(outputs) {
      return buildPlan(complete(outputs), {
        arguments: request.program,
        facts,
        compat: compat === "full",
        hostIds: compat === "full" || request.hostIds === true,
        sealed: request.sealed === true,
        ...outputs === undefined ? {} : { outputs },
        ...detach === undefined ? {} : { detach: { log: detach.log, message: detachMessage(detach, { alias, node }) } },
        ...reportDescriptor === undefined ? {} : { reportDescriptor },
        ...exitStatus === undefined ? {} : { exitStatus },
      });
    },
  };
}

/** They are waited for as by redpak's init. */
function ownProcesses(merged: MergedConfig): MergedConfig {
  const sharing = Object.entries(merged.sharing).map(([name, sharing]) => [
    name,
    name === "pid" || name === "ipc" ? { ...sharing, value: "disabled" } : sharing,
  ]);
  const { init: _, ...scalars } = merged.scalars;
  return { ...merged, scalars, sharing: Object.fromEntries(sharing) };
}

/** Modes whose missing source would be made, or be an error. */
const SKIPPED: readonly ExportMode[] = [
  "Public",
  "Restricted",
  "Private",
  "PublicFile",
  "RestrictedFile",
  "PrivateFile",
];

function skipMissing(merged: MergedConfig): MergedConfig {
  const skipped = merged.exports.filter(({ value }) => SKIPPED.includes(value.mode) && !isThere(value.path));
  const exports = merged.exports.map((sourced) => {
    const { value } = sourced;
    return SKIPPED.includes(value.mode) ? { ...sourced, value: { ...value, optional: true } } : sourced;
  });
  const warnings = skipped.map(({ value: { path }, where }): Problem => ({
    code: "W_SKIPPED",
    message: `${quote(path)} is not exported: it is not there`,
    where,
  }));
  return { ...merged, exports, warnings: [...merged.warnings, ...warnings] };
}
