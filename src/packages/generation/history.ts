import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { ioError } from "../../store/io_error.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { FILES, GENERATIONS } from "./layout.ts";
import { type NodeContent, readHead, type TransactionContent } from "./node_content.ts";
import { readRecord } from "./read_record.ts";
import { isId, type TransactionRecord } from "./record.ts";

export interface HistoryEntry {
  readonly record: TransactionRecord;
  /** `current`: the last one whose effect the node shows; `undone`: its effect has been taken back. */
  readonly state: "current" | "done" | "undone";
  /** What it has replaced is still kept. */
  readonly isKept: boolean;
}

/** The transactions of a node, the newest first. */
export function readHistory(content: NodeContent): HistoryEntry[] {
  const { state, path } = content;
  if (state === undefined) return [];
  const ids = listGenerations(path, () => {
    using generations = state.find(GENERATIONS);
    return generations?.list().filter(isId) ?? [];
  });
  const records = new Map(ids.flatMap((id) => {
    const record = readRecord({ ...content, state } as TransactionContent, `${GENERATIONS}/${id}`, id);
    return record === undefined ? [] : [[id, record] as const];
  }));
  const head = readHead(content);
  const inEffect = new Set<string>();
  for (let id = head; id !== undefined && !inEffect.has(id); id = records.get(id)?.previous) inEffect.add(id);
  return [...records.values()].sort((one, other) => other.sequence - one.sequence).map((record) => ({
    record,
    state: record.id === head ? "current" : inEffect.has(record.id) ? "done" : "undone",
    isKept: isKept(content, record.id),
  }));
}

/** What has been done to a node is kept where only its owner can look. */
function listGenerations(path: string, list: () => string[]): string[] {
  try {
    return list();
  } catch (error) {
    const hints = isErrno(error, "EACCES") ? ["run redpak as the user that the node belongs to"] : [];
    throw ioError("read the history of", path, error, hints);
  }
}

/** Packages that nobody has asked for, as the transaction remembers that made what the node has. */
export function dependenciesIn(content: NodeContent): readonly string[] {
  return readHistory(content).find(({ state }) => state === "current")?.record.dependencies ?? [];
}

function isKept({ state, path }: NodeContent, id: string): boolean {
  return attempt("look into", `${path}/${STATE_DIRECTORY}/${GENERATIONS}/${id}`, () => {
    using generations = state?.find(GENERATIONS);
    using generation = generations?.find(id);
    return generation?.findDetails(FILES) !== undefined;
  });
}
