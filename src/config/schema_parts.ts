import * as z from "zod/mini";
import { BOOLEAN_WORDS, type Read } from "./dialect.ts";

/** What the schemas of all files are made of. */

/** What a JSON schema says of `schema` to editors, who see the types that YAML gives to unquoted scalars. */
export function shown<S extends z.ZodMiniType>(schema: S, json: Record<string, unknown>): S {
  z.globalRegistry.add(schema, json);
  return schema;
}

/** Text as written: an empty scalar is the empty text, not an absent value. */
export const text = shown(z.string(), { type: ["string", "number", "boolean", "null"] });
export const optionalText = z.optional(text);

/** A value that is written as a text. */
export function written<T>(read: Read<T>) {
  return z.pipe(
    z.string(),
    z.transform((value, { issues }) =>
      read(value, (message, words = [], instead) => {
        issues.push({ code: "custom", message, input: value, params: { words, instead } });
        return z.NEVER;
      })
    ),
  );
}

export const BOOLEAN_SHOWN = { type: ["boolean", "string", "integer"], enum: [true, false, ...BOOLEAN_WORDS, 0, 1] };

export const INTEGER_SHOWN = { type: ["integer", "string"], pattern: "^[+-]?[0-9][0-9a-fA-FxX]*$" };

/** One of `names` in any case, or the text of a number that stands for one; the canonical name results. */
export function keyword<const N extends readonly [string, ...string[]]>(
  names: N,
  numbers: readonly N[number][] = [],
  numbered: (text: string) => N[number] | undefined = () => undefined,
) {
  const canonical = (value: unknown) => {
    if (typeof value !== "string") return value;
    return names.find((name) => name.toLowerCase() === value.toLowerCase()) ?? numbered(value) ?? value;
  };
  return shown(z.pipe(z.transform(canonical), z.enum(names)), {
    type: numbers.length > 0 ? ["string", "integer"] : "string",
    enum: [...names, ...numbers.keys()],
  });
}
