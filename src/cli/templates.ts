import fullAdmin from "../../policies/templates/full-admin.yaml" with { type: "text" };
import fullNormal from "../../policies/templates/full-normal.yaml" with { type: "text" };
import leafAdmin from "../../policies/templates/leaf-admin.yaml" with { type: "text" };
import leafNormal from "../../policies/templates/leaf-normal.yaml" with { type: "text" };
import rootAdmin from "../../policies/templates/root-admin.yaml" with { type: "text" };
import rootNormal from "../../policies/templates/root-normal.yaml" with { type: "text" };

/** The node templates that are shipped: the texts of the normal and the admin file. */
export const TEMPLATES = {
  root: { normal: rootNormal, admin: rootAdmin },
  leaf: { normal: leafNormal, admin: leafAdmin },
  full: { normal: fullNormal, admin: fullAdmin },
} as const satisfies Record<string, { normal: string; admin: string }>;

export type TemplateName = keyof typeof TEMPLATES;
