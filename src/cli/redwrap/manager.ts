import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { isWithin, normalizePath, parentPath } from "../../core/path.ts";
import { isNode } from "../../store/node_path.ts";
import { getopt, GetoptError, type OptionRow } from "../getopt.ts";
import { create } from "../redconf/create.ts";
import { OPTIONS } from "./options.ts";

const MANAGER_OPTIONS: readonly OptionRow[] = [
  ...OPTIONS,
  { long: ["alias"], value: "required" },
  { long: ["template"], value: "required" },
  { long: ["template-admin"], value: "required" },
  { long: ["update"], value: "none" },
  { long: ["no-system-node"], value: "none" },
  { long: ["installrootnode"], value: "required" },
];

/** What `redwrap-dnf … manager` is asked for. */
interface ManagerRequest {
  /** Absolute path of the node. */
  readonly path: string;
  /** Nothing is made above it. */
  readonly root: string;
  readonly alias: string | undefined;
  readonly normal: string;
  readonly admin: string;
  readonly update: boolean;
  /** The directory around the node is made a node first, where it is none. */
  readonly withSystem: boolean;
}

/**
 * Makes or updates a node as the package manager of redpak 2.5 does: in a directory that is no node, it makes that one
 * first, from the template `root` and by the alias `system`.
 *
 * @returns what it says
 * @throws {GetoptError}
 * @throws {RedpakError} as `redconf create`; `E_SYSTEM_NODE` where the directory around it cannot be one
 */
export async function makeNode(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const request = readRequest(words);
  const { path, root, alias, normal, admin, update, withSystem } = request;
  const system = parentPath(path);
  if (withSystem && !isNode(system)) {
    if (system === "/" || !isWithin(system, root)) {
      throw new RedpakError({
        code: "E_SYSTEM_NODE",
        exit: EXIT.usage,
        message: `Cannot make "${system}" a node around "${path}": it is ${
          system === "/" ? "the machine itself" : `not below "${root}"`
        }`,
        hints: ["--no-system-node makes a node that stands alone"],
      });
    }
    await create(["--alias", "system", "--root", system], environment);
  }
  await create([
    ...alias === undefined ? [] : ["--alias", alias],
    ...["--config", normal, "--config-adm", admin],
    ...update ? ["--update"] : [],
    path,
  ], environment);
  return `SUCCESS: rednode "${path}" ready`;
}

function readRequest(words: readonly string[]): ManagerRequest {
  const { options, operands } = getopt(words, MANAGER_OPTIONS);
  const value = (name: string) => options.findLast((option) => option.name === name)?.value;
  const has = (name: string) => options.some((option) => option.name === name);
  const redpath = value("redpath");
  if (redpath === undefined || redpath === "") throw new GetoptError("option '--redpath' is missing");
  if (operands.length > 1) throw new GetoptError(`"${operands[1]}" is one word too many`);
  const root = normalizePath(value("installrootnode") ?? "/");
  if (!root.startsWith("/")) throw new GetoptError("option '--installrootnode' is no absolute path");
  const template = value("template") ?? (has("no-system-node") ? "full" : "leaf");
  return {
    path: normalizePath(`${root}/${redpath}`),
    root,
    alias: value("alias"),
    normal: template,
    admin: value("template-admin") ?? template,
    update: has("update"),
    withSystem: !has("no-system-node"),
  };
}
