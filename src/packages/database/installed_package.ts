import type { Header } from "../../../ffi/librpm/header.ts";

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

export function nevraOf(header: Header): Nevra {
  const epoch = header.number("EPOCH");
  const version = `${header.text("VERSION")}-${header.text("RELEASE")}`;
  return {
    name: header.text("NAME"),
    evr: epoch === 0 ? version : `${epoch}:${version}`,
    arch: header.text("ARCH"),
  };
}

export function installedPackage(header: Header): InstalledPackage {
  return {
    ...nevraOf(header),
    summary: header.text("SUMMARY"),
    size: header.number("LONGSIZE"),
    installedAt: header.number("INSTALLTIME"),
  };
}
