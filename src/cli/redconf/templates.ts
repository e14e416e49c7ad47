import type { Part } from "../../config/node.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import type { Template } from "../../store/create_node.ts";
import { readRegularFile } from "../../store/read_file.ts";
import { TEMPLATES } from "../templates.ts";

/** Where templates are installed. */
const DIRECTORY = "/etc/redpak/templates.d";

/**
 * A template by name or file, looked up as redpak 2.5 does: a name without `/` is one in the directory; it may lack
 * `.yaml`, or `-normal.yaml` and `-admin.yaml`. Of the templates that are part of redpak, those which are not installed
 * are found too, unless a directory is named.
 *
 * @throws {RedpakError} `E_TEMPLATE_NOT_FOUND`
 */
export function findTemplate(name: string, part: Part, directory: string | undefined): Template {
  const path = name.includes("/") ? name : `${directory ?? DIRECTORY}/${name}`;
  const candidates = [path, ...path.endsWith(".yaml") ? [] : [`${path}.yaml`, `${path}-${part}.yaml`]];
  for (const file of candidates) {
    const found = readRegularFile(file);
    if (found !== undefined) return { file, text: new TextDecoder().decode(found.bytes) };
  }
  if (directory === undefined && Object.hasOwn(TEMPLATES, name)) {
    const own = TEMPLATES[name as keyof typeof TEMPLATES];
    return { file: `template ${name}-${part}`, text: own[part] };
  }
  throw new RedpakError({
    code: "E_TEMPLATE_NOT_FOUND",
    exit: EXIT.notFound,
    message: `Cannot read template "${name}": none of ${candidates.join(", ")} exists (ENOENT)`,
    errno: "ENOENT",
  });
}
