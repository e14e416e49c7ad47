import type { Family } from "../../config/node.ts";
import { formatPosition, type Position, type Problem, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import type { Trust } from "../../store/trust.ts";
import { parseRepoFile, type RepoDefinition } from "./parse_repo_file.ts";
import { readVariables } from "./read_variables.ts";
import type { Located } from "./repo_values.ts";
import { DEFAULTS, type Repository } from "./repository.ts";
import { TrustedReader } from "./trusted_file.ts";
import type { Variables } from "./variables.ts";

/** Where a node has its `.repo` files. */
export const REPOSITORY_DIRECTORY = "etc/yum.repos.d";

export interface LoadedRepositories {
  /** Sorted by identifier. */
  readonly repositories: readonly Repository[];
  readonly warnings: readonly Problem[];
  /** What is replaced in the node's files. */
  readonly variables: Variables;
}

/** A definition, and the node that has it. */
interface Defined extends RepoDefinition {
  readonly node: string;
}

/**
 * Reads the repositories of a node: its own `.repo` files and those of its ancestors. By identifier, the nearest
 * definition counts, and counts alone: nothing of an ancestor's is mixed into it. It may not check less than what it
 * replaces.
 *
 * @param architecture as uname(2) names it
 * @param outermost where the host policy says that packages have to be signed
 * @throws {RedpakError} `E_REPO` with everything that is wrong with one that is enabled; `E_NOT_TRUSTED`
 */
export function loadRepositories(
  family: Family,
  architecture: string,
  trust: Trust,
  outermost?: Position,
): LoadedRepositories {
  const reader = new TrustedReader(trust);
  const variables = readVariables(family, architecture, reader);
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const levels = family.map(({ path: node }) => {
    const level = new Map<string, Defined>();
    const directory = `${node}/${REPOSITORY_DIRECTORY}`;
    for (const name of reader.list(directory, node)) {
      if (!name.endsWith(".repo") || name.startsWith(".")) continue;
      const file = reader.read(`${directory}/${name}`, node);
      if (file === undefined) continue;
      const parsed = parseRepoFile(file.bytes, file.path, variables);
      problems.push(...parsed.problems);
      warnings.push(...parsed.warnings);
      for (const definition of parsed.definitions) {
        const before = level.get(definition.id);
        if (before === undefined) level.set(definition.id, { ...definition, node });
        if (before !== undefined && before.where.file !== file.path) problems.push(twice(definition, before.where));
        // What is disabled does nothing, whatever it says.
        (isEnabled(definition) ? problems : warnings).push(...definition.problems);
      }
    }
    return level;
  });
  problems.unshift(...reader.problems);
  const config = readGpgcheck(family, outermost);
  const ids = [...new Set(levels.flatMap((level) => [...level.keys()]))].sort();
  const repositories = ids.map((id) => {
    const [nearest, ...replaced] = levels.flatMap((level) => level.get(id) ?? []);
    problems.push(...findLoosened(nearest!, replaced, config));
    return toRepository(nearest!, config);
  });
  refuse(family[0].path, problems);
  return { repositories, warnings, variables };
}

function refuse(node: string, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new RedpakError({
    code: first.code === "E_NOT_TRUSTED" ? first.code : "E_REPO",
    message: `Cannot use the repositories of ${quote(node)}: ${
      problems.length === 1 ? "1 problem" : `${problems.length} problems`
    }`,
    where: first.where,
    exit: EXIT.configuration,
    problems,
  });
}

function isEnabled({ values }: RepoDefinition): boolean {
  return values.enabled?.value !== false;
}

function twice({ id, where }: RepoDefinition, before: Position): Problem {
  return {
    code: "E_REPO_TWICE",
    message: `Cannot define repository ${quote(id)} twice: it is defined by ${formatPosition(before)} already`,
    where,
    limit: before,
  };
}

/**
 * What the configuration of a family says about signatures of packages: `true` of any member holds for all, the nearest
 * `false` is what counts for packages and repositories that say nothing.
 *
 * @param outermost as `loadRepositories`
 */
export function readGpgcheck(family: Family, outermost: Position | undefined): Located<boolean> | undefined {
  if (outermost !== undefined) return { value: true, where: outermost };
  const said = family.flatMap(({ normal }) => {
    const value = normal.config.config?.gpgcheck;
    return typeof value === "boolean" ? [{ value, where: normal.locate(["config", "gpgcheck"]) }] : [];
  });
  return said.find(({ value }) => value) ?? said[0];
}

function checksPackages({ values }: RepoDefinition, config: Located<boolean> | undefined): boolean {
  return values.gpgcheck?.value ?? config?.value ?? true;
}

/** What would be checked less than an ancestor, or the configuration, has it. */
function findLoosened(
  { id, values, ...definition }: Defined,
  replaced: readonly Defined[],
  config: Located<boolean> | undefined,
): Problem[] {
  if (!isEnabled({ id, values, ...definition })) return [];
  const problems: Problem[] = [];
  const loosened = (key: string, where: Position, limit: Position, hints: readonly string[]) => {
    const message = `Cannot turn ${key} off in repository ${quote(id)}: ${formatPosition(limit)} has it on`;
    problems.push({ code: `E_LOOSENED_${key.toUpperCase()}`, message, where, limit, hints });
  };
  if (values.gpgcheck?.value === false) {
    const before = config?.value === true ? config : replaced.find((each) => checksPackages(each, config));
    if (before !== undefined) {
      loosened("gpgcheck", values.gpgcheck.where, before.where, [
        `sign the packages, and name the key by gpgkey=FILE; redpak keys add adds one to a node`,
      ]);
    }
  }
  const signed = replaced.find((each) => each.values.repo_gpgcheck?.value === true)?.values.repo_gpgcheck;
  if (signed !== undefined && values.repo_gpgcheck?.value !== true) {
    loosened("repo_gpgcheck", values.repo_gpgcheck?.where ?? definition.where, signed.where, [
      "repo_gpgcheck=1 here too, or another identifier for a repository of its own",
    ]);
  }
  return problems;
}

function toRepository(definition: Defined, config: Located<boolean> | undefined): Repository {
  const { id, node, where, values } = definition;
  const texts = (list: readonly Located<string>[] | undefined) => (list ?? []).map(({ value }) => value);
  return {
    id,
    name: values.name?.value ?? id,
    node,
    where,
    enabled: isEnabled(definition),
    baseUrls: texts(values.baseurl),
    mirrorlist: values.mirrorlist?.value,
    metalink: values.metalink?.value,
    gpgcheck: checksPackages(definition, config),
    repoGpgcheck: values.repo_gpgcheck?.value ?? false,
    gpgKeys: values.gpgkey ?? [],
    priority: values.priority?.value ?? DEFAULTS.priority,
    cost: values.cost?.value ?? DEFAULTS.cost,
    includes: texts(values.includepkgs),
    excludes: texts(values.excludepkgs),
    metadataExpire: values.metadata_expire?.value ?? DEFAULTS.metadataExpire,
    skipIfUnavailable: values.skip_if_unavailable?.value ?? false,
    transfer: {
      caCertificate: values.sslcacert,
      clientCertificate: values.sslclientcert,
      clientKey: values.sslclientkey,
      username: values.username?.value,
      password: values.password?.value,
      proxy: values.proxy?.value,
      timeout: values.timeout?.value ?? DEFAULTS.timeout,
      minRate: values.minrate?.value ?? DEFAULTS.minRate,
      retries: values.retries?.value ?? DEFAULTS.retries,
    },
  };
}
