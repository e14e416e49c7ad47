import { parseConfig, parseStatus } from "../config/parse.ts";
import type { Part } from "../config/node.ts";
import { ALIAS, type Config } from "../config/schema.ts";
import { freeIdBase, idBase } from "../config/id_range.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { parentPath, resolvePath } from "../core/path.ts";
import { encodeYamlScalar } from "../core/yaml_scalar.ts";
import { removeQuietly, replaceFile, syncDirectory, temporaryPath, writeNewFile } from "./durable.ts";
import { eachNode, findTree } from "./find_tree.ts";
import { isNode } from "./node_path.ts";
import { editYaml } from "./edit_yaml.ts";
import { errnoOf, ioError, isAbsent } from "./io_error.ts";
import { lockNode } from "./lock_node.ts";
import { ADMIN_FILES, NORMAL_FILES, STATUS_FILE } from "./node_files.ts";

export interface NewNode {
  /** Directory of the node: absolute, or relative to the working directory. */
  readonly path: string;
  readonly alias: string;
  /** Of the admin file, where it differs. */
  readonly adminAlias?: string;
  /** Free text for the headers and the status. */
  readonly info: string;
  /** Of the status, where it differs. */
  readonly statusInfo?: string;
  /** Accept the aliases and templates of redpak 2.5. */
  readonly compat?: boolean;
  /** Texts of the templates; their headers are filled in, everything else stays as it is. */
  readonly normal: Template;
  readonly admin?: Template | undefined;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number;
  /** Record ids of the host that no node has which lies in the same topmost node; redpak 2.5 cannot read such a status. */
  readonly ownIds?: boolean;
  /** A random UUID, another at each call. */
  readonly uuid: () => string;
}

export interface Template {
  /** Where the text comes from, for messages. */
  readonly file: string;
  readonly text: string;
}

/** What creation will do. */
export interface Creation {
  /** Absolute path of the node. */
  readonly path: string;
  /** The directory is there already: the files are put into it. */
  readonly existing: boolean;
  /** Paths relative to the node, in the order in which they are written; the last one makes it a node. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/**
 * Decides everything about a new node, and validates it, without changing anything.
 *
 * @throws {RedpakError} `E_ALIAS`; `E_NODE_EXISTS`; `E_CONFIG…` where a template is invalid
 */
export async function planCreation(node: NewNode): Promise<Creation> {
  const compat = node.compat ?? false;
  if (!(compat ? ALIAS.compat : ALIAS.strict).test(node.alias)) {
    const expected = compat
      ? "letters, digits and + - _ @ :"
      : "1 to 63 lower-case letters, digits, '.', '_' and '-', a letter or digit first";
    throw new RedpakError({
      code: "E_ALIAS",
      exit: EXIT.usage,
      message: `Cannot use alias "${node.alias}": expected ${expected}`,
      hints: ["choose one with --alias"],
    });
  }
  const path = absolutePath(node.path);
  const existing = checkTarget(path);
  const files = [
    { name: NORMAL_FILES[0], text: await fill(node.normal, "normal", node) },
    ...node.admin ? [{ name: ADMIN_FILES[0], text: await fill(node.admin, "admin", node) }] : [],
    { name: STATUS_FILE, text: await statusText(path, node) },
  ];
  return { path, existing, files };
}

/**
 * Makes a node appear in one step: at no moment, and after no crash, is there half a node.
 *
 * A new directory is built under a temporary name and renamed. In an existing directory (an image may have installed
 * its `usr` first) the status file comes last: without it the directory is no node.
 */
export function createNode(creation: Creation): void {
  try {
    if (creation.existing) createInside(creation);
    else createWhole(creation);
  } catch (error) {
    if (errnoOf(error) === "ENOTEMPTY" || errnoOf(error) === "EEXIST") throw exists(creation.path, "it is not empty");
    throw ioError("create node", creation.path, error);
  }
}

function createWhole({ path, files }: Creation): void {
  const parent = parentPath(path);
  Deno.mkdirSync(parent, { recursive: true, mode: 0o755 });
  const temporary = temporaryPath(parent, "create");
  try {
    Deno.mkdirSync(temporary, { mode: 0o755 });
    Deno.mkdirSync(`${temporary}/etc`, { mode: 0o755 });
    for (const file of files) writeNewFile(`${temporary}/${file.name}`, file.text);
    syncDirectory(`${temporary}/etc`);
    syncDirectory(temporary);
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  syncDirectory(parent);
}

function createInside({ path, files }: Creation): void {
  using _lock = lockNode(path);
  checkTarget(path);
  const written: string[] = [];
  try {
    Deno.mkdirSync(`${path}/etc`, { recursive: true, mode: 0o755 });
    syncDirectory(path);
    for (const file of files) {
      replaceFile(`${path}/${file.name}`, file.text);
      written.push(`${path}/${file.name}`);
    }
  } catch (error) {
    written.forEach(removeQuietly);
    throw error;
  }
}

/** @returns whether the directory exists */
function checkTarget(path: string): boolean {
  if (kindOf(path) === undefined) return false;
  if (kindOf(path) !== "directory") throw exists(path, "something else than a directory is there");
  if (kindOf(`${path}/${STATUS_FILE}`) !== undefined) throw exists(path, "there is a node already");
  const leftover = [...NORMAL_FILES, ...ADMIN_FILES].find((name) => kindOf(`${path}/${name}`) !== undefined);
  if (leftover !== undefined) throw exists(path, `${leftover} is there already`, `rm ${path}/${leftover}`);
  return true;
}

function kindOf(path: string): "directory" | "other" | undefined {
  try {
    return Deno.lstatSync(path).isDirectory ? "directory" : "other";
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw ioError("inspect", path, error);
  }
}

/** The path without symbolic links as far as it exists, so that `realpath` in the status is one. */
function absolutePath(path: string): string {
  const absolute = resolvePath(path.startsWith("/") ? "/" : Deno.cwd(), path);
  const missing: string[] = [];
  for (let existing = absolute;; existing = parentPath(existing)) {
    try {
      return resolvePath(Deno.realPathSync(existing), missing.join("/"));
    } catch (error) {
      if (!isAbsent(error) || existing === "/") throw ioError("create node", absolute, error);
      missing.unshift(existing.slice(existing.lastIndexOf("/") + 1));
    }
  }
}

async function fill(template: Template, part: Part, node: NewNode): Promise<string> {
  const alias = part === "admin" ? node.adminAlias ?? node.alias : node.alias;
  const headers = { alias, name: node.uuid(), info: node.info };
  return await fillTemplate(template, part, headers, node.compat);
}

/**
 * The text of a template with its headers filled in.
 *
 * @throws {RedpakError} `E_CONFIG…`; `E_TEMPLATE`
 */
export async function fillTemplate(
  template: Template,
  part: Part,
  headers: Config["headers"],
  compat = false,
): Promise<string> {
  await parseConfig(template.text, template.file, part, { compat });
  const edits = Object.entries(headers).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: ["headers", key], value }]
  );
  const text = editYaml(template.text, edits);
  // What was edited is read back: an unusual template ends here, not in a node that nobody can load.
  if ((await parseConfig(text, template.file, part, { compat })).config.headers.alias !== headers.alias) {
    throw new RedpakError({
      code: "E_TEMPLATE",
      exit: EXIT.configuration,
      message: `Cannot fill the headers of "${template.file}": write each of alias, name and info on its own line`,
    });
  }
  return text;
}

async function statusText(path: string, node: NewNode): Promise<string> {
  const text = [
    `realpath: ${encodeYamlScalar(path)}`,
    `info: ${encodeYamlScalar(node.statusInfo ?? node.info)}`,
    `timestamp: ${node.timestamp}`,
    "state: Enable",
    ...node.ownIds === true ? [`ids: ${await allocateIds(path)}`] : [],
    "",
  ].join("\n");
  await parseStatus(text, `${path}/${STATUS_FILE}`);
  return text;
}

/** A node whose status cannot be read has no ids that could be known. */
async function allocateIds(path: string): Promise<number> {
  let top: string | undefined;
  for (let directory = parentPath(path); directory !== "/"; directory = parentPath(directory)) {
    if (isNode(directory)) top = directory;
  }
  const tree = top === undefined ? [] : (await findTree(top)).nodes;
  const base = freeIdBase(path, [...eachNode(tree)].flatMap(({ node }) => node === undefined ? [] : [idBase(node)]));
  if (base !== undefined) return base;
  throw new RedpakError({
    code: "E_IDS_EXHAUSTED",
    message: `Cannot create node "${path}": the nodes in "${top}" have all the ids that there are for nodes`,
    hints: ["create it outside of this node, or delete nodes that are not needed"],
  });
}

function exists(path: string, reason: string, hint = "choose another path, or remove what is there"): RedpakError {
  return new RedpakError({
    code: "E_NODE_EXISTS",
    message: `Cannot create node "${path}": ${reason}`,
    hints: [hint],
  });
}
