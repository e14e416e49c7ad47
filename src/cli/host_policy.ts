import { type Owners, policyOwners } from "../config/policy_owners.ts";
import type { Facts } from "../config/facts.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { Family } from "../config/node.ts";
import type { PolicyFile } from "../config/policy.ts";
import { type Position, type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import type { Moment } from "../proof/effective.ts";
import type { CertificateDemand } from "./hold_to_certificate.ts";
import { findPolicyViolations } from "../proof/find_policy_violations.ts";
import { readPolicyLimits } from "../proof/policy_limits.ts";

/** What the host policy has to say to a command. Machines without a policy do not load this module. */
export class HostPolicy {
  /** Who may own the files of nodes, instead of the launching user. */
  readonly owners: Owners | undefined;
  /** Where it says that packages have to be signed. */
  readonly gpgcheck: Position | undefined;
  /** What it was read from, and what it holds launches to. */
  readonly files: readonly string[];
  /** The certificate that a launch has to be covered by, where it says so. */
  readonly certificate: CertificateDemand | undefined;
  readonly #limits;
  readonly #file: string;

  /** @throws {RedpakError} `E_POLICY_INVALID` */
  constructor(policy: PolicyFile, facts: Facts) {
    this.#file = policy.file;
    const signed = policy.policy.limits?.config?.gpgcheck === true;
    this.gpgcheck = signed ? policy.locate(["limits", "config", "gpgcheck"]) : undefined;
    const { certificate } = policy.policy;
    this.certificate = certificate && { file: certificate.file, publicKey: certificate["public-key"], byPolicy: true };
    this.files = [
      policy.file,
      ...policy.profile === undefined ? [] : [policy.profile.locate([]).file],
      ...certificate === undefined ? [] : [certificate.file, certificate["public-key"]],
    ];
    this.#limits = readPolicyLimits(policy, facts);
    this.owners = policyOwners(policy, facts);
  }

  /** As `findPolicyViolations`. */
  violations(family: Family, merged: MergedConfig, moment: Moment): readonly Problem[] {
    return findPolicyViolations(family, merged, this.#limits, moment);
  }

  /** @throws {RedpakError} `E_POLICY` with one problem for each violation: there is no compatibility with a policy */
  refuseViolations(family: Family, merged: MergedConfig, moment: Moment): void {
    const problems = this.violations(family, merged, moment);
    const [first] = problems;
    if (first === undefined) return;
    throw new RedpakError({
      code: "E_POLICY",
      message: `Cannot launch ${quote(merged.leaf.path)}: the host policy ${quote(this.#file)} does not allow it`,
      where: first.where,
      exit: EXIT.configuration,
      problems,
    });
  }
}
