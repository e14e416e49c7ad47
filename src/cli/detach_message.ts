import { jsonText } from "../core/json_text.ts";
import { runId } from "../launch/run_record.ts";

/** What is said about a node that goes on without its launcher: its id, or a document. */
export type DetachForm = "text" | "json";

/** The message of the operation `detach`: the pid, which is not known yet, comes between the texts. */
export function detachMessage(form: DetachForm, { alias, node }: { alias: string; node: string }): readonly string[] {
  const id = runId(alias, 0).slice(0, -1);
  if (form === "text") return [id, "\n"];
  return [
    `{"schemaVersion":1,"kind":"Detached","data":{"id":"${id}`,
    '","pid":',
    `,"node":${jsonText(node)}},"warnings":[]}\n`,
  ];
}
