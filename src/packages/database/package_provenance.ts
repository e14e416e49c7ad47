import type { Header } from "../../../ffi/librpm/header.ts";
import { type InstalledPackage, installedPackage } from "./installed_package.ts";

/** What a package is, who has made it, and under which licence; texts are empty where it has none. */
export interface PackageProvenance extends InstalledPackage {
  readonly url: string;
  readonly license: string;
  readonly vendor: string;
  /** The source package that it was built from. */
  readonly source: string;
  /** SHA-256 of its header, hexadecimal; packages built before rpm 4.14 have none. */
  readonly headerSha256: string;
  /** Digest of its compressed content. */
  readonly payload?: { readonly algorithm: "SHA-256" | "SHA-384" | "SHA-512"; readonly value: string } | undefined;
}

/** RFC 9580, 9.5: hash algorithms, of which rpm uses these. */
const ALGORITHMS: Readonly<Record<number, "SHA-256" | "SHA-384" | "SHA-512">> = {
  8: "SHA-256",
  9: "SHA-384",
  10: "SHA-512",
};

export function packageProvenance(header: Header): PackageProvenance {
  const algorithm = ALGORITHMS[header.number("PAYLOADDIGESTALGO")];
  const [digest] = header.texts("PAYLOADDIGEST");
  return {
    ...installedPackage(header),
    url: header.text("URL"),
    license: header.text("LICENSE"),
    vendor: header.text("VENDOR"),
    source: header.text("SOURCERPM"),
    headerSha256: hexadecimal(header.text("SHA256HEADER")),
    payload: algorithm === undefined || hexadecimal(digest ?? "") === ""
      ? undefined
      : { algorithm, value: hexadecimal(digest!) },
  };
}

/** A database can hold anything. */
function hexadecimal(text: string): string {
  return /^[0-9a-f]+$/i.test(text) ? text.toLowerCase() : "";
}
