/** Nodes whose packages are changed as the commands do it, with the built binary as the worker. */
import type { PublicKey } from "../../ffi/librpm/openpgp.ts";
import { transactionHost } from "../../src/cli/transaction_host.ts";
import { holdersOf, packagesOf } from "../../src/packages/database/holders.ts";
import { formatNevra, type Nevra } from "../../src/packages/database/installed_package.ts";
import { Scene, withNode } from "../../src/packages/generation/_scene.ts";
import type { Step, StepKind } from "../../src/packages/solve/resolution.ts";
import { applyTransaction } from "../../src/packages/transaction/apply.ts";
import type {
  AppliedTransaction,
  JobStep,
  PackageTrust,
  TransactionHost,
  TransactionJob,
} from "../../src/packages/transaction/job.ts";
import { REDPAK } from "../system/_node.ts";
import { buildPackage, type Package } from "./_rpm.ts";

/** Nothing has to be signed. */
export const UNSIGNED: PackageTrust = { keys: [], required: false };

export const signedWith = (...keys: readonly PublicKey[]): PackageTrust => ({ keys, required: true });

/** A package and its file. */
export interface Built extends Nevra {
  readonly file: string;
}

export class PackageScene extends Scene {
  /** Builds a package, of one file named after it where nothing else is said. */
  build(wanted: Partial<Package> & { readonly name: string }): Built {
    const { name, version = "1", release = "1", arch = "noarch", epoch } = wanted;
    const files = { [`/usr/share/${name}`]: { content: `${name} ${version}\n` } };
    const file = buildPackage({ files, ...wanted, name, version }, `${this.path}/packages`);
    const evr = `${epoch === undefined ? "" : `${epoch}:`}${version}-${release}`;
    return { name, evr, arch, file };
  }
}

export function step(kind: StepKind, one: Built, replaces: readonly Nevra[] = [], trust = UNSIGNED): JobStep {
  const { name, evr, arch, file } = one;
  const step: Step = {
    kind,
    package: { name, evr, arch },
    reason: "asked",
    replaces: replaces.map(({ name, evr, arch }) => ({ name, evr, arch })),
    installedSize: 0,
  };
  return kind === "erase" ? { step } : { step, file, trust };
}

export const install = (one: Built, trust?: PackageTrust) => step("install", one, [], trust);
export const upgrade = (one: Built, ...replaces: readonly Nevra[]) => step("upgrade", one, replaces);
export const erase = (one: Built) => step("erase", one);

export const HOST: TransactionHost = transactionHost({ program: { path: REDPAK, args: [] } });

export async function apply(
  node: string,
  steps: readonly JobStep[],
  options: Partial<TransactionJob> = {},
  host = HOST,
): Promise<AppliedTransaction> {
  const job = {
    steps,
    command: ["install"],
    time: Date.now(),
    ancestors: [],
    descendants: [],
    allowed: [],
    noScripts: false,
    ...options,
  };
  return await withNode(node, (content) => applyTransaction(content, job, host));
}

/** What redpak finds installed. */
export function packages(node: string): string[] {
  return holdersOf([node]).flatMap(packagesOf).map(formatNevra);
}

/** What rpm finds installed. */
export function rpmPackages(node: string): string[] {
  const { stdout } = new Deno.Command("rpm", {
    args: ["--root", node, "--dbpath", "/var/lib/rpm", "-qa", "--qf", "%{NEVRA}\\n"],
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean).sort();
}
