/** What an image, or a node of it, is made of: the content of a bill of materials, whatever it is written as. */
export interface Bill {
  /** Version of redpak. */
  readonly version: string;
  /** ISO 8601 in whole seconds, UTC; undefined where nothing says when it was made. */
  readonly time: string | undefined;
  /** What the bill is of. */
  readonly subject: Holder;
  /** Others whose packages it uses, parents before their children. */
  readonly others: readonly Holder[];
}

/** Who has packages: a node, or the system that the nodes are on. */
export interface Holder {
  readonly kind: "node" | "system";
  /** Directory of the node on the device; `/` for the system. */
  readonly path: string;
  /** The alias of the node; the name of the distribution. */
  readonly name: string;
  readonly version?: string | undefined;
  /** Of the nearest node above. */
  readonly parent?: string | undefined;
  /** By name, version and architecture. */
  readonly packages: readonly BilledPackage[];
}

/** A package of a holder. Texts are empty where the package has none. */
export interface BilledPackage {
  /** Unique in the bill, and the same for the same packages: the holder's path, `#`, and the package's NEVRA. */
  readonly id: string;
  readonly name: string;
  /** `epoch:version-release`, the epoch only where it is not 0. */
  readonly evr: string;
  readonly arch: string;
  readonly summary: string;
  readonly license: string;
  readonly vendor: string;
  readonly url: string;
  /** The source package that it was built from. */
  readonly source: string;
  /** SHA-256 of the package's header, which says what the package is and is what rpm signs; hexadecimal. */
  readonly headerSha256: string;
  /** Digest of the compressed content, as the header has it. */
  readonly payload?: { readonly algorithm: "SHA-256" | "SHA-384" | "SHA-512"; readonly value: string } | undefined;
  /** Ids of the packages that meet its requirements. */
  readonly dependsOn: readonly string[];
}

/** Everybody who has packages, the subject first. */
export function holdersOf({ subject, others }: Bill): readonly Holder[] {
  return [subject, ...others];
}
