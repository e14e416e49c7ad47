import { type Bill, type BilledPackage, type Holder, holdersOf } from "./bill.ts";
import { derivedUuid } from "./derived_uuid.ts";
import { isLicenseExpression } from "./license_expression.ts";
import { packageUrl } from "./package_url.ts";

const DOCUMENT = "SPDXRef-DOCUMENT";

/**
 * A bill of materials as SPDX 2.3 (JSON). The subject, the others and their packages are packages; who has which is
 * `CONTAINS`, what a node or a package needs is `DEPENDS_ON`.
 */
export async function spdx(bill: Bill): Promise<object> {
  const { subject, others, time, version } = bill;
  const holders = holdersOf(bill);
  const ids = identifiers(holders);
  const idOf = (key: string) => ids.get(key)!;
  const licenses = new Licenses();
  const relation = (from: string, type: string, to: string) => ({
    spdxElementId: from,
    relationshipType: type,
    relatedSpdxElement: to,
  });
  const content = {
    name: subject.name,
    packages: holders.flatMap((holder) => [
      ofHolder(holder, idOf(holder.path)),
      ...holder.packages.map((one) => ofPackage(one, idOf(one.id), licenses)),
    ]),
    hasExtractedLicensingInfos: licenses.extracted(),
    relationships: [
      relation(DOCUMENT, "DESCRIBES", idOf(subject.path)),
      ...subject.kind === "system"
        ? others.map(({ path }) => relation(idOf(subject.path), "CONTAINS", idOf(path)))
        : [],
      ...holders.flatMap(({ path, parent, packages }) => [
        ...parent !== undefined && ids.has(parent) ? [relation(idOf(path), "DEPENDS_ON", idOf(parent))] : [],
        ...packages.map(({ id }) => relation(idOf(path), "CONTAINS", idOf(id))),
      ]),
      ...holders.flatMap(({ packages }) =>
        packages.flatMap(({ id, dependsOn }) => dependsOn.map((other) => relation(idOf(id), "DEPENDS_ON", idOf(other))))
      ),
    ],
    creationInfo: { created: time ?? "1970-01-01T00:00:00Z", creators: [`Tool: redpak-${version}`] },
  };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT,
    documentNamespace: `urn:uuid:${await derivedUuid(JSON.stringify(content))}`,
    ...content,
  };
}

/** Letters, digits, `.` and `-` only: numbers keep apart what is the same in those. */
function identifiers(holders: readonly Holder[]): ReadonlyMap<string, string> {
  const plain = (text: string) => text.replace(/[^A-Za-z0-9.-]+/g, "-");
  return new Map(holders.flatMap(({ path, name, packages }, node): [string, string][] => [
    [path, `SPDXRef-${node}-${plain(name)}`],
    ...packages.map(({ id, name, evr, arch }, index): [string, string] => [
      id,
      `SPDXRef-${node}-${index}-${plain(`${name}-${evr}.${arch}`)}`,
    ]),
  ]));
}

function ofHolder({ kind, path, name, version }: Holder, id: string) {
  return {
    SPDXID: id,
    name,
    ...version === undefined ? {} : { versionInfo: version },
    primaryPackagePurpose: kind === "node" ? "CONTAINER" : "OPERATING_SYSTEM",
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    comment: kind === "node" ? `The node ${path}` : "The system that the nodes are on",
  };
}

function ofPackage(one: BilledPackage, id: string, licenses: Licenses) {
  const { name, evr, summary, license, vendor, url, source, headerSha256, payload } = one;
  const digests = [
    ...headerSha256 === "" ? [] : ["The checksum is that of the package's header, which rpm signs."],
    ...payload === undefined ? [] : [`${payload.algorithm} of the compressed content: ${payload.value}`],
  ];
  return {
    SPDXID: id,
    name,
    versionInfo: evr,
    supplier: vendor === "" ? "NOASSERTION" : `Organization: ${vendor}`,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    ...headerSha256 === "" ? {} : { checksums: [{ algorithm: "SHA256", checksumValue: headerSha256 }] },
    ...url === "" ? {} : { homepage: url },
    ...source === "" ? {} : { sourceInfo: `built from ${source}` },
    licenseConcluded: "NOASSERTION",
    licenseDeclared: license === "" ? "NOASSERTION" : licenses.declare(license),
    copyrightText: "NOASSERTION",
    ...summary === "" ? {} : { summary },
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: packageUrl(one) }],
    ...digests.length === 0 ? {} : { comment: digests.join("\n") },
  };
}

/** Licences in words that are no expressions get names of their own, which the document explains. */
class Licenses {
  readonly #names = new Map<string, string>();

  declare(text: string): string {
    if (isLicenseExpression(text)) return text;
    const known = this.#names.get(text) ?? `LicenseRef-${this.#names.size + 1}`;
    this.#names.set(text, known);
    return known;
  }

  extracted() {
    return [...this.#names].map(([text, licenseId]) => ({ licenseId, extractedText: text, name: text }));
  }
}
