import { type Bill, type BilledPackage, type Holder, holdersOf } from "./bill.ts";
import { derivedUuid } from "./derived_uuid.ts";
import { isLicenseExpression } from "./license_expression.ts";
import { packageUrl } from "./package_url.ts";

/**
 * A bill of materials as CycloneDX 1.6 (ECMA-424). The subject's packages are the components, those of others are in a
 * component for each; what a node or a package depends on is in `dependencies`.
 */
export async function cycloneDx(bill: Bill): Promise<object> {
  const { subject, others, time, version } = bill;
  const document = {
    version: 1,
    metadata: {
      ...time === undefined ? {} : { timestamp: time },
      tools: { components: [{ type: "application", name: "redpak", version }] },
      component: holder(subject),
    },
    components: [
      ...subject.packages.map(component),
      ...others.map((other) => ({ ...holder(other), components: other.packages.map(component) })),
    ],
    dependencies: dependencies(bill),
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${await derivedUuid(JSON.stringify(document))}`,
    ...document,
  };
}

function holder({ kind, path, name, version }: Holder) {
  return {
    type: kind === "node" ? "container" : "operating-system",
    "bom-ref": path,
    name,
    ...version === undefined ? {} : { version },
    properties: [{ name: "redpak:path", value: path }],
  };
}

function component(one: BilledPackage) {
  const { id, name, evr, summary, license, vendor, url, source, headerSha256, payload } = one;
  const purl = packageUrl(one);
  const properties = Object.entries({
    "rpm:source": source,
    ...payload === undefined ? {} : { [`rpm:payload:${payload.algorithm}`]: payload.value },
  }).filter(([, value]) => value !== "");
  return {
    type: "library",
    "bom-ref": id,
    ...vendor === "" ? {} : { supplier: { name: vendor } },
    name,
    version: evr,
    ...summary === "" ? {} : { description: summary },
    ...headerSha256 === "" ? {} : { hashes: [{ alg: "SHA-256", content: headerSha256 }] },
    ...license === ""
      ? {}
      : { licenses: [isLicenseExpression(license) ? { expression: license } : { license: { name: license } }] },
    purl,
    ...isAddress(url) ? { externalReferences: [{ type: "website", url }] } : {},
    ...properties.length === 0 ? {} : { properties: properties.map(([name, value]) => ({ name, value })) },
  };
}

/** A node depends on its packages and its parent, the subject on all that there is for it. */
function dependencies(bill: Bill) {
  const holders = holdersOf(bill);
  const paths = new Set(holders.map(({ path }) => path));
  return [
    ...holders.map(({ kind, path, parent, packages }) => ({
      ref: path,
      dependsOn: [
        ...parent !== undefined && paths.has(parent) ? [parent] : [],
        ...kind === "system" && path === bill.subject.path ? bill.others.map((other) => other.path) : [],
        ...packages.map(({ id }) => id),
      ],
    })),
    ...holders.flatMap(({ packages }) => packages.map(({ id, dependsOn }) => ({ ref: id, dependsOn }))),
  ];
}

/** Packages say whatever they like; the schema wants an address. */
function isAddress(url: string): boolean {
  return /^https?:\/\/[^\s<>"{}|\\^`]+$/.test(url) && URL.canParse(url);
}
