import type { ExportMode } from "../config/schema.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Position, type Problem } from "../core/error.ts";
import type { Fix } from "../core/fix.ts";
import { isWithin } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import type { Comparison, Effective } from "./effective.ts";
import { ACCESS, type Bind, type ExportLine, listBinds, shows, turningPoints } from "./host_access.ts";

const CODE = "E_LOOSENED_EXPORT";

/** What the kernel shows of the machine is granted by mode, wherever it is mounted. */
const SPECIAL: readonly ExportMode[] = ["Procfs", "Devfs", "Mqueue"];

/**
 * Every path of the host that the child can read or write lies in the child's own directory, or the ancestor passes on
 * at least that access to it; at which mount point either shows it does not matter.
 *
 * Only paths of the host count. That a child puts its own files, or nothing, in the place of what an ancestor exports is
 * not loosening: it sees less of the host, and in its own files it could do as it likes anyway. What appears in the place
 * of an export that was taken away does count, as does what an export shows below itself. What the ancestor keeps private
 * is not there for the child: neither what it shows nor what it hides.
 */
export function compareExports(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const passed = ancestor.merged.exports;
  const inherited = new Map(passed.map((line) => [formatPosition(line.where), line]));
  const isInherited = (line: ExportLine) => inherited.has(formatPosition(line.where));
  const judged = child.merged.exports.filter(({ value }) =>
    !child.isPending(value.path) && !child.isPending(value.mount)
  );
  // A source that may be absent hides nothing for certain; what the ancestor itself relies on is its own affair.
  const mine = listBinds(judged, (line) => line.value.optional !== true || isInherited(line));
  const theirs = listGrants(passed, child, ancestor);
  return [
    ...compareSpecial(judged, passed, comparison),
    ...compareBinds(mine, theirs, comparison, passed, isInherited),
    ...compareLinks(mine, theirs, comparison),
  ];
}

/** What an ancestor only passes on as a place where no link is followed, is one for the child, wherever it shows it. */
function compareLinks(mine: readonly Bind[], theirs: readonly Bind[], { branch }: Comparison): Problem[] {
  const isStrict = ({ line }: Bind) => line.value.nosymfollow === true;
  if (!theirs.some(isStrict)) return [];
  const points = [...turningPoints(mine), ...turningPoints(theirs)].filter((path) => !isWithin(path, branch));
  return mine.filter((bind) => !isStrict(bind)).flatMap((bind): Problem[] => {
    const granting = points.filter((path) => shows(bind, path)).map((path) => theirs.filter((at) => shows(at, path)));
    const limit = granting.find((binds) => binds.length > 0 && binds.every(isStrict))?.[0]?.line;
    if (limit === undefined) return [];
    const { line } = bind;
    return [{
      code: "E_LOOSENED_NOSYMFOLLOW",
      message: `Cannot follow links in ${quote(line.value.mount)}: nosymfollow of ${quote(limit.value.path)} by ${
        formatPosition(limit.where)
      }`,
      where: line.where,
      limit: limit.where,
      hints: ["set nosymfollow to true here"],
      fix: line.path && setInFile(line, [...line.path, "nosymfollow"], "true"),
    }];
  });
}

/**
 * What an ancestor passes on: its exports as its own launch has them, and sources that it wrote for this child
 * (`$LEAF_ALIAS` and `$UID` differ).
 */
function listGrants(
  passed: readonly ExportLine[],
  child: Effective,
  ancestor: Effective,
): readonly Bind[] {
  const known = passed.filter(({ value }) => !ancestor.isPending(value.path) && !ancestor.isPending(value.mount));
  const lines = new Map(child.merged.exports.map((line) => [formatPosition(line.where), line]));
  const forChild = passed.flatMap((line) => {
    const own = lines.get(formatPosition(line.where));
    return own !== undefined && !child.isPending(own.value.path) ? [own] : known.includes(line) ? [line] : [];
  });
  const paths = new Set(known.map(({ value }) => value.path));
  const always = () => true;
  return [
    ...listBinds(known, always),
    // Another source for each leaf is the ancestor's decision; that a hole is elsewhere for a leaf is not.
    ...listBinds(forChild, always).filter(({ line: { value } }) =>
      !paths.has(value.path) && isPlain(value.path, child)
    ),
  ];
}

/** A child's name and info are free texts: they may name one directory, and nothing above or below it. */
function isPlain(path: string, { merged: { leaf } }: Effective): boolean {
  const { name, info } = leaf.normal.config.headers;
  return !path.split("/").slice(1).some((part) => ["", ".", ".."].includes(part)) &&
    ![name, info].some((text) => text?.includes("/"));
}

function compareSpecial(
  judged: readonly ExportLine[],
  passed: readonly ExportLine[],
  { ancestor, limiter }: Comparison,
): Problem[] {
  return judged.flatMap(({ value: { mode, mount }, where }): Problem[] => {
    if (!SPECIAL.includes(mode) || passed.some(({ value }) => value.mode === mode)) return [];
    return [{
      code: CODE,
      message: `Cannot mount ${mode} at ${quote(mount)}: not exported by ${formatPosition(listPlace(ancestor))}`,
      where,
      limit: listPlace(ancestor),
      hints: [`${mode} can be exported where the ${limiter} does`],
    }];
  });
}

function compareBinds(
  mine: readonly Bind[],
  theirs: readonly Bind[],
  { child, ancestor, branch, limiter }: Comparison,
  passed: readonly ExportLine[],
  isInherited: (line: ExportLine) => boolean,
): Problem[] {
  const points = [...new Set([...turningPoints(mine), ...turningPoints(theirs)])]
    .filter((path) => !isWithin(path, branch))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .map((path) => ({ path, grant: strongest(theirs.filter((bind) => shows(bind, path))) }));
  const refused = new Map<ExportLine, Problem>();
  for (const bind of mine) {
    for (const { path, grant } of points) {
      const granted = grant?.access ?? ACCESS.none;
      if (bind.access <= granted || !shows(bind, path)) continue;
      // The ancestor's own line shows more only because the child replaced another that hid a part.
      const replacing = isInherited(bind.line) ? findReplacing(path, bind, child, passed, isInherited) : undefined;
      const line = replacing ?? bind.line;
      if (refused.has(line)) continue;
      refused.set(line, {
        code: CODE,
        message: `${attempt(line, path, bind)}: ${
          grant === undefined ? whyNot(path, theirs, ancestor) : `read-only by ${formatPosition(grant.line.where)}`
        }`,
        where: line.where,
        limit: grant?.line.where ?? refusing(path, theirs, ancestor),
        hints: [
          granted === ACCESS.read
            ? `mode ${line.value.mode.endsWith("File") ? "RestrictedFile" : "Restricted"} can be used here`
            : `what lies in ${quote(child.merged.leaf.path)} or is exported by the ${limiter} can be exported here`,
        ],
        fix: granted === ACCESS.read && line === bind.line ? restrict(line) : undefined,
      });
    }
  }
  return [...refused.values()];
}

/** Of a private file no mode is both read-only and private: which of the two to give up is nothing to guess. */
const READ_ONLY_MODES: { readonly [M in ExportMode]?: ExportMode } = {
  Public: "Restricted",
  Private: "PrivateRestricted",
  PublicFile: "RestrictedFile",
};

function restrict(line: ExportLine): Fix | undefined {
  const mode = READ_ONLY_MODES[line.value.mode];
  return line.path === undefined || mode === undefined ? undefined : setInFile(line, [...line.path, "mode"], mode);
}

function strongest(binds: readonly Bind[]): Bind | undefined {
  return binds.reduce<Bind | undefined>((best, bind) => bind.access > (best?.access ?? 0) ? bind : best, undefined);
}

function findReplacing(
  path: string,
  { line: { value }, source }: Bind,
  child: Effective,
  passed: readonly ExportLine[],
  isInherited: (line: ExportLine) => boolean,
): ExportLine | undefined {
  const shown = value.mount + (source === "/" ? path : path.slice(source.length));
  return child.merged.exports.find((line) =>
    !isInherited(line) && line.value.mount !== value.mount && isWithin(line.value.mount, value.mount) &&
    isWithin(shown, line.value.mount) && passed.some(({ value: { mount } }) => mount === line.value.mount)
  );
}

function attempt({ value }: ExportLine, path: string, bind: Bind): string {
  if (bind.line.value !== value) return `Cannot replace the export at ${quote(value.mount)} that hides ${quote(path)}`;
  const act = `Cannot export ${quote(bind.source)}${bind.access === ACCESS.write ? " for writing" : ""}`;
  return path === bind.source ? act : `${act} with ${quote(path)} in it`;
}

/** Why a path of the host is not granted at all. */
function whyNot(path: string, theirs: readonly Bind[], ancestor: Effective): string {
  const hidden = hiding(path, theirs) !== undefined;
  return `${hidden ? "hidden" : "not exported"} by ${formatPosition(refusing(path, theirs, ancestor))}`;
}

function refusing(path: string, theirs: readonly Bind[], ancestor: Effective): Position {
  return hiding(path, theirs)?.where ?? listPlace(ancestor);
}

function hiding(path: string, theirs: readonly Bind[]): ExportLine | undefined {
  return theirs.flatMap(({ holes }) => holes).find((hole) => isWithin(path, hole.path))?.line;
}

function listPlace({ merged }: Effective): Position {
  return merged.leaf.normal.locate(["exports"]);
}
