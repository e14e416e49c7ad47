import { formatPosition } from "../core/error.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { type Explanation, isSamePlace, type Said, type Statement, toStatement, whyItLoses } from "./explanation.ts";
import { explainDevice, type Question } from "./explain_key.ts";
import type { Facts } from "./facts.ts";
import { MergeContext } from "./merge_context.ts";
import { type Entry, listEntries } from "./merge_entries.ts";
import { PRIVATE } from "./merge_exports.ts";
import { visitNodes } from "./merge_visit.ts";
import type { MergedExport, Sourced } from "./merged.ts";
import type { Family } from "./node.ts";
import { guardOwnFiles } from "./own_files.ts";
import { BIND_MODES, type Export, type ExportMode, READ_ONLY_MODES } from "./schema.ts";

/** What a path inside a node is. */
export interface PathExplanation extends Explanation {
  /** The mode of the export that decides what is there; null where none does. */
  readonly mode: ExportMode | null;
  /** What of the host is seen there; null where it is nothing of the host. */
  readonly source: string | null;
  /** What its mount allows; permissions of files come on top. */
  readonly access: "read-only" | "writable" | null;
}

export interface PathQuestion extends Question {
  /** The same that the family was merged with. */
  readonly facts: Facts;
  /** Whether something is at a path of the host: it decides what optional exports come to. */
  readonly exists: (path: string) => boolean;
}

/** These put one entry where they are, and nothing below it. */
const ENTRIES: readonly ExportMode[] = ["Symlink", "Execfd", "Internal"];

/**
 * What is at a path inside a node, and what every export of the family that has to do with it comes to, the deepest
 * mount point first. Links are not followed, neither in the node nor on the host.
 */
export function explainPath(path: string, question: PathQuestion): PathExplanation {
  const { merged, exists } = question;
  const subject = normalizePath(path);
  const contains = (mode: ExportMode, mount: string) =>
    ENTRIES.includes(mode) ? subject === mount : mode !== "Lock" && isWithin(subject, mount);
  const isSkipped = ({ value }: Sourced<MergedExport>) => value.optional === true && !exists(value.path);
  const around = merged.exports.filter(({ value }) => contains(value.mode, value.mount));
  // What is deeper is mounted later, and so on top.
  const shown = around.filter((line) => !isSkipped(line)).sort(deepestFirst)[0];
  const device = shown?.value.mode === "Devfs" && shown.value.mount !== subject
    ? explainDevice(`/dev${subject.slice(normalizePath(shown.value.mount).length)}`, question.family, merged)
    : undefined;
  const candidates = listCandidates(question).filter(({ entry, mount }) => contains(entry.value.mode, mount));
  return {
    subject,
    ...shown === undefined ? describeNothing(subject, merged.exports) : describe(shown, subject, merged.family),
    ...device === undefined ? {} : describeDevice(device),
    statements: [
      ...device?.statements ?? [],
      ...candidates.map(({ entry, mount, said }): Statement => {
        const winner = merged.exports.find(({ value }) => normalizePath(value.mount) === mount);
        if (entry.node !== merged.leaf && PRIVATE.includes(entry.value.mode)) {
          return toStatement(said, false, `${entry.value.mode} is for ${entry.node.path} alone`);
        }
        if (winner === undefined || !isSamePlace(winner.where, entry.where)) {
          return toStatement(said, false, whyItLoses(entry, winner));
        }
        if (winner === shown) return toStatement(said, true, "it is the deepest mount point that contains the path");
        if (isSkipped(winner)) return toStatement(said, false, `it is optional, and there is no ${winner.value.path}`);
        return toStatement(said, false, `something else is mounted in it, by ${formatPosition(shown!.where)}`);
      }),
    ],
  };
}

interface Candidate {
  readonly entry: Entry<Export>;
  /** Expanded and normalised. */
  readonly mount: string;
  readonly said: Said;
}

/** Every export of the family, be it that it counts or not. */
function listCandidates({ family, merged, facts }: PathQuestion): Candidate[] {
  const context = new MergeContext(merged.leaf, { admin: merged.admin, facts: { ...facts, ...merged.ids } });
  const entries = listEntries(visitNodes(family, merged.admin), ["exports"], ({ file }) => file.config.exports);
  return entries.map((entry) => {
    const { value: { mode, mount, path }, node, part, where } = entry;
    const says = path === undefined || path === mount ? `${mode} ${mount}` : `${mode} ${mount} from ${path}`;
    const expanded = context.expand(mount, entry.at("mount"), node).text;
    return { entry, mount: normalizePath(expanded), said: { node, part, where, says } };
  }).sort((a, b) => depth(b.mount) - depth(a.mount));
}

type Description = Pick<PathExplanation, "value" | "mode" | "source" | "access">;

function describe(
  { value: { mode, mount, path } }: Sourced<MergedExport>,
  subject: string,
  family: Family,
): Description {
  if (mode === "Symlink") return { value: `a link to ${path}`, mode, source: null, access: null };
  if (!BIND_MODES.includes(mode)) return { value: `part of ${mount}, ${mode}`, mode, source: null, access: "writable" };
  const source = normalizePath(path + subject.slice(mount === "/" ? 0 : mount.length));
  const isCovered = isReadOnlyCovered(source, path, family);
  const access = READ_ONLY_MODES.includes(mode) || isCovered ? "read-only" : "writable";
  const why = isCovered && !READ_ONLY_MODES.includes(mode) ? ": it decides what confines the node" : "";
  return { value: `${source} of the host, ${access}${why}`, mode, source, access };
}

/** What a Devfs has of the host's devices, beside the harmless ones that each has. */
function describeDevice({ subject, value: access }: Explanation): Description {
  const path = subject.slice("config.devices.".length);
  const mode = "Devfs";
  if (access === null || access === "none") {
    const value = `no device of the host${access === null ? ", unless every Devfs has it" : ""}`;
    return { value, mode, source: null, access: null };
  }
  const value = `the device ${path} of the host, ${access}`;
  return { value, mode, source: path, access: access === "r" ? "read-only" : "writable" };
}

function isReadOnlyCovered(path: string, shown: string, family: Family): boolean {
  const covers = guardOwnFiles(shown, family).covers.filter((cover) => isWithin(path, cover.path));
  return covers.sort((a, b) => depth(b.path) - depth(a.path))[0]?.readOnly === true;
}

function describeNothing(subject: string, exports: readonly Sourced<MergedExport>[]): Description {
  const below = exports.find(({ value: { mode, mount } }) => mode !== "Lock" && isWithin(mount, subject));
  const value = below === undefined
    ? "nothing: no export contains it"
    : `a directory on the way to ${below.value.mount}, which ${formatPosition(below.where)} exports`;
  return { value, mode: null, source: null, access: null };
}

function deepestFirst(a: Sourced<MergedExport>, b: Sourced<MergedExport>): number {
  return depth(b.value.mount) - depth(a.value.mount);
}

function depth(path: string): number {
  return path === "/" ? 0 : path.split("/").length;
}
