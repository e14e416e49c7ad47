import { didYouMean } from "../../core/did_you_mean.ts";
import { jsonText } from "../../core/json_text.ts";
import { DOCUMENT_KINDS, documentSchema } from "../document_schemas.ts";
import { FILE_SCHEMAS } from "../file_schemas.ts";
import type { Invocation, Output } from "../invocation.ts";
import { usage } from "../split_words.ts";

const FILE_KINDS = Object.keys(FILE_SCHEMAS);

/** `redpak schema`. */
export function schema({ operands }: Pick<Invocation<"schema">, "operands">): Output {
  const [kind] = operands;
  if (kind === undefined) {
    const data = { files: FILE_KINDS, documents: DOCUMENT_KINDS };
    const text = [...FILE_KINDS, ...DOCUMENT_KINDS].join("\n");
    return { kind: "SchemaKinds", data, text: () => text };
  }
  const data = findSchema(kind);
  return { kind: "Schema", data, text: () => jsonText(data, 2) };
}

function findSchema(kind: string): unknown {
  if (Object.hasOwn(FILE_SCHEMAS, kind)) return FILE_SCHEMAS[kind];
  const document = DOCUMENT_KINDS.find((name) => name.toLowerCase() === kind.toLowerCase());
  if (document !== undefined) return documentSchema(document);
  const meant = didYouMean(kind, [...FILE_KINDS, ...DOCUMENT_KINDS]);
  throw usage(
    `Cannot print the schema of "${kind}": there is no such kind`,
    ...meant === undefined ? [] : [`did you mean ${meant}?`],
    "redpak schema lists the kinds",
  );
}
