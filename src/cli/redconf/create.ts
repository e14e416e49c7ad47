import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { baseName, normalizePath } from "../../core/path.ts";
import { createNode, planCreation } from "../../store/create_node.ts";
import { planUpdate, updateNode } from "../../store/update_node.ts";
import { formatToday } from "../facts.ts";
import { getopt, GetoptError } from "../getopt.ts";
import { findTemplate } from "./templates.ts";
import { HELP, type UsageRow } from "./usage.ts";

export const CREATE_OPTIONS: readonly UsageRow[] = [
  { long: ["alias"], short: "a", value: "required", brief: "alias of the node (default: last component of its path)" },
  { long: ["config"], short: "c", value: "required", brief: "template of the normal configuration: name or file" },
  { long: ["config-adm"], short: "C", value: "required", brief: "template of the admin configuration: name or file" },
  { long: ["model"], short: "m", value: "required", brief: "template of both" },
  { long: ["full"], short: "f", value: "none", brief: "template full for both" },
  { long: ["leaf"], short: "l", value: "none", brief: "template leaf for both (default)" },
  { long: ["root"], short: "r", value: "none", brief: "template root for both" },
  { long: ["templates"], short: "t", value: "required", brief: "directory of the templates" },
  { long: ["node"], short: "n", value: "required", brief: "path of the node" },
  { long: ["redroot"], short: "R", value: "required", brief: "directory that the path of the node begins in" },
  { long: ["update"], short: "u", value: "none", brief: "give an existing node other templates" },
  HELP,
];

interface Request {
  path: string | undefined;
  redroot: string | undefined;
  alias: string | undefined;
  normal: string;
  admin: string;
  templates: string | undefined;
  update: boolean;
}

/**
 * `redconf create`.
 *
 * @throws {GetoptError}
 * @throws {RedpakError}
 */
export async function create(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const request = readRequest(words, environment.REDNODE_TEMPLATE_DIR || undefined);
  const path = nodePath(request);
  const today = formatToday(new Date());
  const node = {
    path,
    normal: findTemplate(request.normal, "normal", request.templates),
    admin: findTemplate(request.admin, "admin", request.templates),
    statusInfo: `created by red-manager the ${today}`,
    timestamp: Date.now(),
  };
  if (request.update) return updateNode(await planUpdate(node));
  const author = `${environment.LOGNAME || "Unknown"}(${environment.HOSTNAME || "localhost"})`;
  const alias = request.alias ?? baseName(normalizePath(path));
  try {
    createNode(
      await planCreation({
        ...node,
        alias,
        adminAlias: `admin-of-${alias}`,
        info: `Node created by ${author} the ${today}`,
        compat: true,
        uuid: () => crypto.randomUUID(),
      }),
    );
  } catch (error) {
    if (!(error instanceof RedpakError) || error.code !== "E_NODE_EXISTS") throw error;
    const { code, message, hints } = error;
    throw new RedpakError({ code, message, hints: ["--update gives it the templates' configuration", ...hints] });
  }
}

/** Later options override earlier ones. */
function readRequest(words: readonly string[], templates: string | undefined): Request {
  const { options, operands } = getopt(words, CREATE_OPTIONS);
  if (operands.length > 2) throw new GetoptError(`"${operands[2]}" is one word too many`);
  const request: Request = {
    path: undefined,
    redroot: undefined,
    alias: undefined,
    normal: "leaf",
    admin: "leaf",
    templates,
    update: false,
  };
  for (const { name, value = "" } of options) {
    if (name === "alias") request.alias = value;
    else if (name === "templates") request.templates = value;
    else if (name === "node") request.path = value;
    else if (name === "redroot") request.redroot = value;
    else if (name === "update") request.update = true;
    else {
      const template = value === "" ? name : value;
      if (name !== "config-adm") request.normal = template;
      if (name !== "config") request.admin = template;
    }
  }
  request.path = operands[0] ?? request.path;
  request.redroot = operands[1] ?? request.redroot;
  return request;
}

/** Without a root, a relative path is one of the working directory (redpak 2.5: of `/`). */
function nodePath({ path, redroot }: Request): string {
  if (path === undefined || path === "") throw new GetoptError("the path of the node is missing");
  if (redroot === undefined) return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  if (!redroot.startsWith("/")) throw failure(redroot, "it is not an absolute path");
  try {
    if (!Deno.statSync(redroot).isDirectory) throw failure(redroot, "it is not a directory");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw failure(redroot, "no such file or directory (ENOENT)");
    throw error;
  }
  return normalizePath(`${redroot}/${path}`);
}

function failure(redroot: string, reason: string): RedpakError {
  return new RedpakError({
    code: "E_REDROOT",
    exit: EXIT.usage,
    message: `Cannot create a node below "${redroot}": ${reason}`,
  });
}
