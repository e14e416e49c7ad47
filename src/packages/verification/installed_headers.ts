import { ExportedHeader } from "../../../ffi/librpm/header.ts";
import { sysusersLine } from "../transaction/package_content.ts";
import { type InstalledFile, installedFiles } from "./installed_files.ts";

/** What a database has about its packages, apart from it: for another thread. */
export interface InstalledHeaders {
  /** The directory of the database, for people. */
  readonly database: string;
  /** Headers as `Header.export` gives them, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each of them ends. */
  readonly ends: readonly number[];
}

/** What the packages of one node, or of a machine, have brought. */
export interface InstalledContent {
  /** By path; several packages can have the same. */
  readonly files: ReadonlyMap<string, readonly InstalledFile[]>;
  /** Lines of sysusers.d(5) that they provide. */
  readonly sysusers: readonly string[];
}

export function headersIn({ bytes, ends }: InstalledHeaders): ExportedHeader[] {
  return ends.map((end, index) => new ExportedHeader(bytes.subarray(ends[index - 1] ?? 0, end)));
}

/** @throws {RedpakError} `E_DATABASE` where what is known of a package is damaged */
export function installedContent(headers: InstalledHeaders): InstalledContent {
  const files = new Map<string, InstalledFile[]>();
  const sysusers: string[] = [];
  for (const header of headersIn(headers)) {
    for (const file of installedFiles(header, headers.database)) {
      const known = files.get(file.path);
      if (known === undefined) files.set(file.path, [file]);
      else known.push(file);
    }
    const names = header.texts("PROVIDENAME");
    if (!names.some((name) => USERS.test(name))) continue;
    const versions = header.texts("PROVIDEVERSION");
    sysusers.push(...names.flatMap((name, index) => sysusersLine(`${name} = ${versions[index]}`)));
  }
  return { files, sysusers };
}

/** What rpm calls users and groups that a package brings along, from 4.19 on. */
const USERS = /^(?:user|group|groupmember)\(/;
