/** The rules of the SPDX specification 2.3 for what redpak writes; nothing else may be in a document. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";

const text = { type: "string", minLength: 1 } as const;
const matching = (pattern: string) => ({ type: "string", pattern }) as const;
const record = (required: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: "object",
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});
const list = (items: object) => ({ type: "array", items });

/** 6.3 and 7.2. */
const ID = matching("^SPDXRef-[a-zA-Z0-9.-]+$");
/** 6.9. */
const TIME = matching("^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$");
/** 7.5, 7.6: who a package is from. */
const AGENT = matching("^(NOASSERTION|(Person|Organization): \\S.*)$");
/** Annex D, as far as it goes without the list of licences. */
const LICENSE = matching("^(NOASSERTION|NONE|[A-Za-z0-9.+() -]+)$");

const SCHEMA = record({
  spdxVersion: { const: "SPDX-2.3" },
  dataLicense: { const: "CC0-1.0" },
  SPDXID: { const: "SPDXRef-DOCUMENT" },
  name: text,
  // 6.5: an absolute address without a part.
  documentNamespace: matching("^[a-z][a-z0-9+.-]*:[^#\\s]+$"),
  creationInfo: record({
    created: TIME,
    creators: { ...list(matching("^(Tool|Person|Organization): .+$")), minItems: 1 },
  }),
  packages: list(record({ SPDXID: ID, name: text, downloadLocation: text }, {
    versionInfo: text,
    supplier: AGENT,
    primaryPackagePurpose: { enum: ["CONTAINER", "OPERATING_SYSTEM"] },
    filesAnalyzed: { const: false },
    checksums: list(record({ algorithm: { const: "SHA256" }, checksumValue: matching("^[0-9a-f]{64}$") })),
    homepage: text,
    sourceInfo: text,
    licenseConcluded: LICENSE,
    licenseDeclared: LICENSE,
    copyrightText: text,
    summary: text,
    comment: text,
    externalRefs: list(record({
      referenceCategory: { enum: ["PACKAGE-MANAGER", "SECURITY", "PERSISTENT-ID", "OTHER"] },
      referenceType: text,
      referenceLocator: matching("^\\S+$"),
    })),
  })),
  hasExtractedLicensingInfos: list(
    record({ licenseId: matching("^LicenseRef-[a-zA-Z0-9.-]+$"), extractedText: text, name: text }),
  ),
  relationships: list(record({
    spdxElementId: ID,
    relationshipType: { enum: ["DESCRIBES", "CONTAINS", "DEPENDS_ON"] },
    relatedSpdxElement: ID,
  })),
});

const validator = new Ajv({ strict: false }).compile(SCHEMA);

/** That a document follows the specification, and that whatever it names is in it, once. */
// deno-lint-ignore no-explicit-any -- the schema says what it is
export function checkSpdx(document: any): void {
  const isValid: boolean = validator(document);
  assert(isValid, JSON.stringify(validator.errors, null, 2));
  const ids: string[] = ["SPDXRef-DOCUMENT", ...document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID)];
  assert.equal(new Set(ids).size, ids.length);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    assert(ids.includes(spdxElementId) && ids.includes(relatedSpdxElement), `${spdxElementId} ${relatedSpdxElement}`);
  }
  const explained = document.hasExtractedLicensingInfos.map(({ licenseId }: { licenseId: string }) => licenseId);
  const used = document.packages.flatMap(({ licenseDeclared = "" }) => licenseDeclared.match(/LicenseRef-\S+/g) ?? []);
  assert.deepEqual([...new Set(used)].sort(), [...explained].sort());
}
