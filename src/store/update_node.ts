import type { ConfigFile } from "../config/node.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { encodeYamlScalar } from "../core/yaml_scalar.ts";
import { fillTemplate, type Template } from "./create_node.ts";
import { replaceFile } from "./durable.ts";
import { ioError } from "./io_error.ts";
import { loadNode } from "./load_node.ts";
import { lockNode } from "./lock_node.ts";
import { ADMIN_FILES, STATUS_FILE } from "./node_files.ts";

export interface NodeUpdate {
  /** Directory of the node. */
  readonly path: string;
  readonly normal: Template;
  readonly admin: Template;
  /** Free text for the status. */
  readonly statusInfo: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number;
}

/** Files by their absolute paths, in the order in which they are replaced. */
export type PlannedUpdate = { readonly path: string; readonly files: readonly (readonly [string, string])[] };

/**
 * Decides what giving a node other templates means, without changing anything: alias, name and info stay what they are,
 * everything else is the template's. Files and templates are read as redpak 2.5 does.
 *
 * @throws {RedpakError} `E_NODE_NOT_FOUND`, `E_CONFIG_MISSING` where there is nothing to update; `E_CONFIG…`
 */
export async function planUpdate(update: NodeUpdate): Promise<PlannedUpdate> {
  const { path, normal, admin } = await loadNode(update.path, { admin: true, compat: true });
  if (admin === undefined) {
    throw new RedpakError({
      code: "E_CONFIG_MISSING",
      exit: EXIT.configuration,
      message: `Cannot update "${path}/${ADMIN_FILES[0]}": no such file or directory (ENOENT)`,
      errno: "ENOENT",
    });
  }
  const refill = async ({ file, part, config }: ConfigFile, template: Template) => {
    return [file, await fillTemplate(template, part, config.headers, true)] as const;
  };
  const statusText = [
    `realpath: ${encodeYamlScalar(path)}`,
    `info: ${encodeYamlScalar(update.statusInfo)}`,
    `timestamp: ${update.timestamp}`,
    "state: Enable",
    "",
  ].join("\n");
  const files = [
    await refill(normal, update.normal),
    await refill(admin, update.admin),
    [`${path}/${STATUS_FILE}`, statusText] as const,
  ];
  return { path, files };
}

/** Each file is replaced in one step; after a failure those that come later are still the old ones. */
export function updateNode({ path, files }: PlannedUpdate): void {
  using _lock = lockNode(path);
  for (const [file, text] of files) {
    try {
      replaceFile(file, text);
    } catch (error) {
      throw ioError("write", file, error);
    }
  }
}
