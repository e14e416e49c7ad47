import { RedpakError } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { formatNevra, type Nevra } from "../packages/database/installed_package.ts";
import type { Progress } from "../packages/download/fetch_file.ts";
import { MirrorOrder } from "../packages/download/mirror_order.ts";
import { downloadPackages, type WantedPackage } from "../packages/repository/download_packages.ts";
import type { Origin } from "../packages/solve/resolution.ts";
import type { Trust } from "../store/trust.ts";
import type { NodeWorld } from "./node_world.ts";

/** A package of a repository. */
export interface Fetchable {
  readonly package: Nevra;
  readonly origin: Origin;
}

/**
 * Brings packages of repositories into the cache.
 *
 * @returns their paths, in the same order
 * @throws {RedpakError} as `downloadPackages`
 */
export async function fetchPackages(
  packages: readonly Fetchable[],
  prepared: NodeWorld,
  { trust, report }: { readonly trust: Trust; readonly report: ((progress: Progress) => void) | undefined },
): Promise<string[]> {
  if (packages.length === 0) return [];
  const wanted = packages.map((one) => wantedPackage(one, prepared));
  return await downloadPackages(wanted, {
    store: prepared.store!,
    trust,
    ...report === undefined ? {} : { report },
  });
}

function wantedPackage({ package: nevra, origin }: Fetchable, { ready }: NodeWorld): WantedPackage {
  const repository = ready.find((each) => each.repository.id === origin.repository)!;
  return {
    repository: origin.base === undefined ? repository : { ...repository, mirrors: elsewhere(nevra, origin.base) },
    label: formatNevra(nevra),
    location: origin.location,
    checksum: { algorithm: origin.checksum?.type ?? "", hex: origin.checksum?.value ?? "" },
    size: origin.size === 0 ? undefined : origin.size,
  };
}

/** A repository may keep packages on another server: what they have to be is known. It may not name files of this machine. */
function elsewhere(nevra: Nevra, base: string): MirrorOrder {
  if (/^https?:\/\//i.test(base) && URL.canParse(base)) return new MirrorOrder([base]);
  throw new RedpakError({
    code: "E_METADATA",
    message: `Cannot download ${quote(formatNevra(nevra))}: its repository says that it is at ${quote(base)}`,
  });
}
