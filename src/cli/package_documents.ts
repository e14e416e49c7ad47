import { anything, array, boolean, nullable, number, object, position, type Schema, string } from "./json_schema.ts";

const nevra = object({ name: string, evr: string, arch: string });

/** What `data` of the documents about packages is. */
export const PACKAGE_DOCUMENTS = {
  Dependents: object({
    node: string,
    packages: array(object({
      node: string,
      package: nevra,
      dependents: array(object({ node: string, package: nevra, requires: string, alternatives: array(nevra) })),
    })),
  }),
  History: object({
    node: string,
    transactions: array(object({
      number,
      id: string,
      time: string,
      state: { enum: ["current", "done", "undone"] },
      isKept: boolean,
      command: array(string),
      packages: array(anything),
    })),
  }),
  Keys: object({
    node: string,
    keys: array(object({
      fingerprint: string,
      userId: string,
      createdAt: string,
      expiresAt: nullable(string),
      revoked: boolean,
      file: string,
      node: string,
    })),
  }),
  PackageDetails: object({
    node: string,
    packages: array(object({
      node: string,
      name: string,
      evr: string,
      arch: string,
      summary: string,
      description: string,
      url: string,
      license: string,
      vendor: string,
      source: string,
      sizeBytes: number,
      installedAt: string,
      builtAt: string,
      requires: array(string),
      provides: array(string),
      conflicts: array(string),
      obsoletes: array(string),
      recommends: array(string),
      files: array(string),
    })),
  }),
  Packages: object({
    node: string,
    packages: array(object({
      node: string,
      name: string,
      evr: string,
      arch: string,
      summary: string,
      sizeBytes: number,
      installedAt: string,
    })),
  }),
  Recovery: object({
    node: string,
    dryRun: boolean,
    changed: boolean,
    transaction: nullable(string),
    side: nullable({ enum: ["before", "after"] }),
    kept: array(object({ path: string }, { aside: string })),
  }),
  Refresh: object({
    node: string,
    cache: string,
    repositories: array(object({ id: string, changed: boolean, key: string, mirror: nullable(string) })),
  }),
  Repositories: object({
    node: string,
    repositories: array(object({
      id: string,
      name: string,
      node: string,
      where: position,
      enabled: boolean,
      baseUrls: array(string),
      mirrorlist: nullable(string),
      metalink: nullable(string),
      gpgcheck: boolean,
      repoGpgcheck: boolean,
      gpgKeys: array(string),
      priority: { type: "integer" },
      cost: number,
      includes: array(string),
      excludes: array(string),
    })),
  }),
} as const satisfies Readonly<Record<string, Schema>>;
