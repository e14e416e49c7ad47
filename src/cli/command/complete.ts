import { EXPLAINABLE_KEYS } from "../../config/explain_key.ts";
import { eachNode, findTree } from "../../store/find_tree.ts";
import { loadFamily } from "../../store/load_family.ts";
import { isNode } from "../../store/node_path.ts";
import { commandsOf, secondWord } from "../commands.ts";
import { DOCUMENT_KINDS } from "../document_schemas.ts";
import { FILE_SCHEMAS } from "../file_schemas.ts";
import { TOPICS } from "../help_topics.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";
import { type Candidate, firstWords, type Wanted, wantedWords } from "../wanted_words.ts";

/** `redpak complete`, for the scripts of `redpak completions`: a line for each word that could stand last. */
export async function complete(invocation: Invocation<"complete">): Promise<Output> {
  const { operands, globals } = invocation;
  const wanted = wantedWords(operands);
  const root = wanted.root ?? globals.root;
  const found = [...wanted.words];
  for (const name of wanted.operands) {
    found.push(...await LIVE[name]?.(wanted.start, root, wanted.before) ?? []);
    if (name === "ID") found.push(...await listRunningNodes(invocation));
    if (name === "PKG" || name === "PACKAGE") found.push(...await listPackages(wanted, root, invocation));
  }
  const data = found.filter(({ word }) => word.startsWith(wanted.start) && HARMLESS.test(word));
  return {
    kind: "Candidates",
    data,
    text: () => data.map(({ word, meaning }) => `${word}\t${meaning}`).join("\n"),
  };
}

/** Nothing that a shell or a terminal would act on: the word goes to the command line as it is. */
const HARMLESS = /^[\p{L}\p{N}\p{M}._/@%+,=-]*$/u;

type Finder = (
  start: string,
  root: string | undefined,
  before: readonly string[],
) => readonly Candidate[] | Promise<readonly Candidate[]>;

const nodes: Finder = async (start, root) => [...await listAliases(start, root), ...listPaths(start, "directories")];
const files: Finder = (start) => listPaths(start, "all");
const nodesAndFiles: Finder = async (start, root) => [...await listAliases(start, root), ...listPaths(start, "all")];
const words = (list: readonly string[], meaning: string): Finder => () => list.map((word) => ({ word, meaning }));

/** By the names of operands and values in the command table; of others nothing is known. */
const LIVE: Readonly<Record<string, Finder>> = {
  NODE: nodes,
  A: nodesAndFiles,
  B: nodesAndFiles,
  DIR: (start) => listPaths(start, "directories"),
  TEMPLATE: (start) => [...["root", "leaf", "full"].map((word) => ({ word, meaning: "" })), ...listPaths(start, "all")],
  FILE: files,
  KEY: words(EXPLAINABLE_KEYS, "a key of config"),
  KIND: words([...Object.keys(FILE_SCHEMAS), ...DOCUMENT_KINDS], ""),
  COMMAND: firstWords,
  SUBCOMMAND: (_start, _root, before) =>
    commandsOf(before[0] ?? "").map(([name, { brief }]) => ({ word: secondWord(name), meaning: brief })),
  REPO: (_start, root, before) => listRepositories(before[0] ?? "", root),
  SOURCE: files,
  URL: files,
  TOPIC: () => Object.entries(TOPICS).map(([word, { brief }]) => ({ word, meaning: brief })),
};

async function listAliases(start: string, root: string | undefined): Promise<Candidate[]> {
  if (root === undefined || start.includes("/")) return [];
  try {
    return [...eachNode((await findTree(root)).nodes)].flatMap(({ node, path }) =>
      node === undefined ? [] : [{ word: node.normal.config.headers.alias, meaning: path }]
    );
  } catch {
    // Nobody has asked for anything yet that could be answered with an error.
    return [];
  }
}

/** By alias, as long as that names one, and by id. */
async function listRunningNodes(invocation: Invocation<"complete">): Promise<Candidate[]> {
  try {
    const { runningNodes } = await import("../running.ts");
    const nodes = runningNodes(invocation).running.nodes.map(({ record }) => record);
    const ofAlias = Map.groupBy(nodes, ({ alias }) => alias);
    return nodes.flatMap(({ id, alias, node }) =>
      [...ofAlias.get(alias)?.length === 1 ? [alias] : [], id].map((word) => ({ word, meaning: `${node} is running` }))
    );
  } catch {
    return [];
  }
}

async function listRepositories(node: string, root: string | undefined): Promise<Candidate[]> {
  try {
    const family = await loadFamily(await resolveNode(node, root));
    const { loadRepositories } = await import("../../packages/repository/load_repositories.ts");
    const everybody = { uids: family.flatMap(({ ownerships }) => ownerships.map(({ uid }) => uid)), otherwise: "" };
    return loadRepositories(family, Deno.build.arch, everybody).repositories.map(({ id, name }) => {
      return { word: id, meaning: name };
    });
  } catch {
    return [];
  }
}

async function listPackages(
  { command = "", before: [node = "", ...others], start }: Wanted,
  root: string | undefined,
  { globals, environment }: Invocation<"complete">,
): Promise<Candidate[]> {
  try {
    const { packageNames } = await import("../package_names.ts");
    const names = await packageNames(command, node, start, { globals: { ...globals, root }, environment });
    return names.filter(({ word }) => !others.includes(word));
  } catch {
    return [];
  }
}

function listPaths(start: string, which: "directories" | "all"): Candidate[] {
  const directory = start.slice(0, start.lastIndexOf("/") + 1);
  const hidden = start.slice(directory.length).startsWith(".");
  try {
    return [...Deno.readDirSync(directory || ".")].filter(({ name }) => hidden || !name.startsWith("."))
      .flatMap(({ name }): Candidate[] => {
        const path = directory + name;
        if (isDirectory(path)) return [{ word: `${path}/`, meaning: isNode(path) ? "a node" : "" }];
        return which === "all" ? [{ word: path, meaning: "" }] : [];
      })
      .sort((a, b) => a.word < b.word ? -1 : 1);
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
