import { jsonText } from "../core/json_text.ts";
import { resolvePath } from "../core/path.ts";
import { runId } from "../launch/run_record.ts";
import { usage } from "./split_words.ts";

/** A node that goes on without its launcher. */
export interface Detachment {
  /** What is said about it: its id, or a document. */
  readonly form: "text" | "json";
  /** The file that its program's output is appended to; empty for none. */
  readonly log: string;
}

/**
 * What flags ask for.
 *
 * @throws {RedpakError} `E_USAGE` for a log of a launcher that stays
 */
export function readDetachment(
  { detach, log }: { readonly detach: boolean; readonly log: string | undefined },
  form: Detachment["form"],
): Detachment | undefined {
  if (detach) return { form, log: log === undefined ? "" : resolvePath(Deno.cwd(), log) };
  if (log === undefined) return undefined;
  throw usage("Cannot write a log: --log goes with --detach", "without it, the program has the streams of the caller");
}

/** The message of the operation `detach`: the pid, which is not known yet, comes between the texts. */
export function detachMessage(
  { form }: Detachment,
  { alias, node }: { alias: string; node: string },
): readonly string[] {
  const id = runId(alias, 0).slice(0, -1);
  if (form === "text") return [id, "\n"];
  return [
    `{"schemaVersion":1,"kind":"Detached","data":{"id":"${id}`,
    '","pid":',
    `,"node":${jsonText(node)}},"warnings":[]}\n`,
  ];
}
