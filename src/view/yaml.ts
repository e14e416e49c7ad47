import { encodeYamlScalar } from "../core/yaml_scalar.ts";

/** What a configuration file can hold. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** A comment for the line of the value at a path of keys and indexes; empty for none. */
export type Comment = (path: readonly PropertyKey[]) => string;

/** A value as YAML in block style: indented by two, sequences not indented below their key. */
export function yamlText(value: Plain, comment: Comment = () => ""): string {
  return alignComments(blockLines(value, [], comment));
}

interface Line {
  readonly text: string;
  readonly comment: string;
}

function blockLines(value: Plain, path: readonly PropertyKey[], comment: Comment): Line[] {
  if (Array.isArray(value)) {
    return (value as readonly Plain[]).flatMap((item, index) => {
      const lines = isBlock(item) ? blockLines(item, [...path, index], comment) : [scalarLine("", item, path, comment)];
      return lines.map(({ text, comment }, at) => ({ text: `${at === 0 ? "- " : "  "}${text}`, comment }));
    });
  }
  if (typeof value !== "object") return [scalarLine("", value, path, comment)];
  return Object.entries(value).flatMap(([key, item]): Line[] => {
    const name = `${encodeYamlScalar(key)}:`;
    const at = [...path, key];
    if (!isBlock(item)) return [scalarLine(`${name} `, item, at, comment)];
    const indentation = Array.isArray(item) ? "" : "  ";
    const inner = blockLines(item, at, comment).map(({ text, comment }) => ({ text: indentation + text, comment }));
    return [{ text: name, comment: "" }, ...inner];
  });
}

function scalarLine(head: string, value: Plain, path: readonly PropertyKey[], comment: Comment): Line {
  return { text: head + scalarText(value), comment: comment(path) };
}

function scalarText(value: Plain): string {
  if (typeof value === "string") return encodeYamlScalar(value);
  if (typeof value === "object") return Array.isArray(value) ? "[]" : "{}";
  return String(value);
}

function isBlock(value: Plain): boolean {
  return typeof value === "object" && Object.keys(value).length > 0;
}

/** Comments start in one column, so that they read as a column of their own. */
function alignComments(lines: readonly Line[]): string {
  const column = Math.max(0, ...lines.filter(({ comment }) => comment !== "").map(({ text }) => text.length));
  return lines.map(({ text, comment }) => comment === "" ? text : `${text.padEnd(column)}  # ${comment}`).join("\n");
}
