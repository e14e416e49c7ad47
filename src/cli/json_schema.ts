/** A JSON schema. Objects are open: later versions may add keys. */
export type Schema = { readonly [key: string]: unknown };

export const string: Schema = { type: "string" };
export const boolean: Schema = { type: "boolean" };
export const number: Schema = { type: "integer", minimum: 0 };
export const anything: Schema = {};

export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: "object", required: Object.keys(properties), properties: { ...properties, ...optional } };
}

export function array(items: Schema): Schema {
  return { type: "array", items };
}

export function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

/** Where something stands in a file. */
export const position = object({ file: string, line: number, column: number }, { profile: string });
