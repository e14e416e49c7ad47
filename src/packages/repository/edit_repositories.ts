import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { readRegularFile } from "../../store/read_file.ts";
import type { NodeFileChange } from "./change_node_file.ts";
import { REPOSITORY_DIRECTORY } from "./load_repositories.ts";
import { isRepositoryId, parseRepoFile } from "./parse_repo_file.ts";
import { readRepoText } from "./repo_text.ts";
import type { Variables } from "./variables.ts";

/** A repository to be added to a node: keys and values as the file will have them. */
export interface NewRepository {
  readonly id: string;
  /** In their order; `name` and an address are among them. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Decides the file of a new repository, `etc/yum.repos.d/ID.repo` of the node.
 *
 * @throws {RedpakError} `E_REPO` where it could not be read back; `E_REPO_EXISTS` where there is such a file
 */
export function planNewRepository(
  node: string,
  { id, values }: NewRepository,
  variables: Variables,
): NodeFileChange {
  const file = `${node}/${REPOSITORY_DIRECTORY}/${id}.repo`;
  const after = [`[${id}]`, ...Object.entries(values).map(([key, value]) => `${key}=${value}`), ""].join("\n");
  if (!isRepositoryId(id)) {
    throw new RedpakError({
      code: "E_REPO_ID",
      exit: EXIT.usage,
      message: `Cannot use ${quote(id)} as a repository: expected letters, digits and "._:-", at most 100`,
    });
  }
  refuseUnreadable(after, file, values, variables);
  if (readRegularFile(file) !== undefined) {
    throw new RedpakError({
      code: "E_REPO_EXISTS",
      message: `Cannot add repository ${quote(id)}: there is a file "${file}"`,
      hints: ["choose another identifier, or edit the file"],
    });
  }
  return { node, file, before: undefined, after };
}

/** What is written is read back before. */
function refuseUnreadable(
  text: string,
  file: string,
  values: NewRepository["values"],
  variables: Variables,
): void {
  const bytes = new TextEncoder().encode(text);
  const { definitions, problems, warnings } = parseRepoFile(bytes, file, variables);
  // A value with a line end in it would be more than a value.
  const entries = readRepoText(bytes, file).sections.flatMap((section) => section.entries);
  const found = [...problems, ...warnings, ...definitions.flatMap((definition) => definition.problems)];
  const [first] = found;
  if (first === undefined && entries.length === Object.keys(values).length) return;
  throw new RedpakError({
    code: "E_REPO",
    exit: EXIT.usage,
    message: first?.message ?? `Cannot write "${file}": a value has more than one line`,
    hints: first?.hints ?? [],
    // The places are those of a file that is not there.
    problems: found.map(({ where: _, ...problem }) => problem),
  });
}

/**
 * Decides what is left of a file without a repository: every other line stays, and the comments right above the next
 * section are that section's.
 *
 * @param file the path of the `.repo` file that defines it
 */
export function planRemoval(node: string, id: string, file: string): NodeFileChange {
  const bytes = readRegularFile(file)?.bytes ?? new Uint8Array();
  const { sections } = readRepoText(bytes, file);
  const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\n");
  const removed = new Set<number>();
  sections.forEach((section, index) => {
    if (section.id !== id) return;
    let end = (sections[index + 1]?.where.line ?? lines.length + 1) - 1;
    if (index + 1 < sections.length) { while (/^\s*(?:[#;].*)?$/.test(lines[end - 1]!)) end--; }
    for (let line = section.where.line; line <= end; line++) removed.add(line);
  });
  const kept = lines.filter((_, index) => !removed.has(index + 1)).join("\n");
  const others = sections.some((section) => section.id !== id);
  return { node, file, before: lines.join("\n"), after: others ? kept : undefined };
}
