import type { Position, Problem } from "../core/error.ts";
import type { ModeFix, TextFix } from "../core/fix.ts";
import { isWithin } from "../core/path.ts";
import { decodeText, type FixedFile } from "../store/apply_fixes.ts";
import { findValue, fixText } from "../store/fix_text.ts";
import { readRegularFile } from "../store/read_file.ts";

/** One value of a file, before and after. */
export interface Change {
  /** In the file as it is before anything is fixed. */
  readonly where: Position;
  readonly key: string;
  /** `null` where there is no value, `…` for a list or mapping. */
  readonly before: string | null;
  readonly after: string | null;
}

/** All that can be fixed in a node. */
export interface NodeFixes {
  readonly path: string;
  readonly modes: readonly ModeFix[];
  readonly files: readonly FixedFile[];
  readonly changes: readonly Change[];
}

export interface FixPlan {
  /** Those with something to fix, parents before their children. */
  readonly nodes: readonly NodeFixes[];
  /** The new texts of files by their paths. */
  readonly drafts: ReadonlyMap<string, string>;
}

/** A fix can uncover what it stood before; each mends something, so this is only where a defect would go round and round. */
const MOST_ROUNDS = 100;

/**
 * Decides what fixing nodes means, without changing anything: their own files and directories only, each node after those
 * that contain it, until nothing more can be fixed.
 *
 * @param paths of the nodes, parents before their children
 * @param find what is wrong with a node, if files had the texts of `drafts`
 */
export async function planFixes(
  paths: readonly string[],
  find: (path: string, drafts: ReadonlyMap<string, string>) => Promise<readonly Problem[]>,
): Promise<FixPlan> {
  const drafts = new Map<string, string>();
  const nodes: NodeFixes[] = [];
  for (const path of paths) {
    const modes: ModeFix[] = [];
    const originals = new Map<string, string>();
    const changes: Change[] = [];
    const tried = new Set<string>();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const fixes = (await find(path, drafts)).flatMap(({ fix }) => fix ?? []).filter((fix) =>
        isWithin(fix.file, path) && !tried.has(JSON.stringify(fix))
      );
      if (fixes.length === 0) break;
      for (const fix of fixes) {
        tried.add(JSON.stringify(fix));
        if (fix.action === "chmod") modes.push(fix);
        else change(fix, originals, changes);
      }
    }
    const files = [...originals].map(([file, before]) => ({ path: file, before, after: drafts.get(file) ?? before }));
    if (modes.length > 0 || files.length > 0) nodes.push({ path, modes, files, changes });
  }
  return { nodes, drafts };

  function change(fix: TextFix, originals: Map<string, string>, changes: Change[]): void {
    const text = drafts.get(fix.file) ?? readText(fix.file);
    const fixed = text === undefined ? undefined : fixText(text, fix);
    if (text === undefined || fixed === undefined) return;
    const original = originals.get(fix.file) ?? text;
    originals.set(fix.file, original);
    drafts.set(fix.file, fixed);
    changes.push({
      where: findValue(original, fix).where,
      key: String(fix.path.at(-1)),
      before: findValue(text, fix).text,
      after: fix.action === "set" ? fix.text : null,
    });
  }
}

/** A file that is no text has been reported as such. */
function readText(path: string): string | undefined {
  const file = readRegularFile(path);
  try {
    return file && decodeText(file.bytes);
  } catch {
    return undefined;
  }
}
