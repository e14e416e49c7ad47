import * as z from "zod/mini";
import type { ConfigState } from "../config/diff_documents.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const entry = z.record(z.string(), scalar);
const position = z.object({ file: z.string(), line: z.int(), column: z.int() });

/** As `redpak schema MergedConfig` has it, with what a configuration can hold: no deeper than that. */
const schema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal("MergedConfig"),
  data: z.object({
    node: z.string(),
    admin: z.boolean(),
    expanded: z.boolean(),
    config: z.object({
      headers: z.optional(entry),
      exports: z.optional(z.array(entry)),
      environ: z.optional(z.array(entry)),
      config: z.optional(z.record(z.string(), z.union([scalar, z.array(entry), z.record(z.string(), entry)]))),
    }),
    origins: z.optional(z.record(z.string(), z.array(position))),
  }),
});

/** The state of a node at some time. */
export interface NamedState extends ConfigState {
  /** Path of the node. */
  readonly node: string;
  readonly admin: boolean;
  readonly expanded: boolean;
}

/**
 * Reads what `redpak show NODE --merged --json` wrote. Where values come from is only known with `--origin`.
 *
 * @throws {RedpakError} `E_STATE` where it is something else
 */
export function parseState(text: string, file: string): NamedState {
  const result = schema.safeParse(parseJson(text), { jitless: true });
  if (!result.success) {
    throw new RedpakError({
      code: "E_STATE",
      exit: EXIT.configuration,
      message: `Cannot read ${quote(file)}: it is no merged configuration`,
      hints: ["redpak show NODE --merged --origin --json > FILE writes one"],
    });
  }
  const { config, origins, ...rest } = result.data.data;
  return {
    ...rest,
    document: Object.fromEntries(
      Object.entries(config).filter(([, value]) => value !== undefined),
    ) as ConfigState["document"],
    places: (path) => origins?.[path.join(".")] ?? [],
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
