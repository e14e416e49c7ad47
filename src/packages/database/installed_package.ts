import type { Header, PackageTags } from "../../../ffi/librpm/header.ts";

/** A package by its name, epoch, version, release and architecture. */
export interface Nevra {
  readonly name: string;
  /** `epoch:version-release`, the epoch only where it is not 0. */
  readonly evr: string;
  readonly arch: string;
}

export interface InstalledPackage extends Nevra {
  readonly summary: string;
  /** Bytes of its files. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly installedAt: number;
}

/** `name-evr.arch`. */
export function formatNevra({ name, evr, arch }: Nevra): string {
  return `${name}-${evr}.${arch}`;
}

export function nevraOf({ basics: { name, epoch, version, release, arch } }: PackageTags): Nevra {
  return { name, evr: `${epoch === 0 ? "" : `${epoch}:`}${version}-${release}`, arch };
}

export function installedPackage(header: Header): InstalledPackage {
  const { summary, size, installedAt } = header.basics;
  return { ...nevraOf(header), summary, size, installedAt };
}
