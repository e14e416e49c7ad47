import { jsonText } from "../core/json_text.ts";
import { type CheckId, CHECKS } from "../proof/verify/checks.ts";
import type { Finding } from "../proof/verify/finding.ts";

/**
 * Findings in the Static Analysis Results Interchange Format 2.1.0 (OASIS), which code hosts and editors show in place.
 *
 * @param root directory of the image; files in it are named relative to it
 */
export function sarifReport(findings: readonly Finding[], root: string): string {
  const ids = Object.keys(CHECKS) as CheckId[];
  const base = root.endsWith("/") ? root : `${root}/`;
  const relative = (file: string) => file.startsWith(base) ? file.slice(base.length) : file.replace(/^\//, "");
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: {
        driver: {
          name: "redpak",
          rules: ids.map((id) => ({
            id,
            shortDescription: { text: CHECKS[id].title },
            fullDescription: { text: CHECKS[id].why },
            help: { text: CHECKS[id].remedy },
          })),
        },
      },
      originalUriBaseIds: { IMAGE: { uri: `file://${uriPath(base)}` } },
      results: findings.map(({ check, severity, node, message, where, path, hints, code }) => ({
        ruleId: check,
        ruleIndex: ids.indexOf(check),
        level: severity,
        message: { text: [message, ...hints ?? []].join("\n") },
        locations: [{
          physicalLocation: {
            artifactLocation: { uri: uriPath(relative(where?.file ?? path ?? node)), uriBaseId: "IMAGE" },
            ...where === undefined ? {} : { region: { startLine: where.line, startColumn: where.column } },
          },
          logicalLocations: [{ fullyQualifiedName: node }],
        }],
        properties: { code },
      })),
    }],
  };
  return jsonText(log, 2);
}

/** Percent-encoded, but for what separates directories. */
function uriPath(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/");
}
