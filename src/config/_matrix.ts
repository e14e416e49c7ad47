import { makeFamily } from "./_fixtures.ts";
import type { Family, Part } from "./node.ts";
import type { Config } from "./schema.ts";

type Value = "0" | "1";

/** One combination of what a parent, and the normal and admin file of its child say, and who wins. */
export interface MatrixCase {
  readonly title: string;
  readonly parent?: readonly [Value, Part] | undefined;
  readonly normal?: Value | undefined;
  readonly admin?: Value | undefined;
  readonly effect: "parent" | "normal" | "admin" | "nothing" | "error";
  /** The parent's warning is heard. */
  readonly warns: boolean;
}

/**
 * All combinations of a table with a row for each `parent | normal | admin | effect`. In a cell, `/` separates
 * alternatives, `-` says nothing, `*` is anything; the letter behind the parent's value is its part (N, A).
 */
export function readMatrix(table: string): readonly MatrixCase[] {
  return table.trim().split("\n").flatMap((row) => {
    const [parents = [], normals = [], admins = [], [effect = ""] = []] = row.split("|").map(readCell);
    return parents.flatMap((parent) =>
      normals.flatMap((normal) => admins.map((admin) => readCase(parent, normal, admin, effect)))
    );
  });
}

function readCell(cell: string): string[] {
  return cell.trim() === "*" ? ["-", "0", "1"] : cell.trim().split("/");
}

function readCase(parent: string, normal: string, admin: string, effect: string): MatrixCase {
  const value = (cell: string | undefined) => cell === "0" || cell === "1" ? cell : undefined;
  const parentValue = value(parent[0]);
  return {
    title: `parent ${parent}, normal ${normal}, admin ${admin}: ${effect}`,
    parent: parentValue && [parentValue, parent[1] === "A" ? "admin" : "normal"],
    normal: value(normal),
    admin: value(admin),
    effect: effect.split(" ")[0] as MatrixCase["effect"],
    warns: effect.endsWith("+warn"),
  };
}

/** The family `/p/c` of a case; `make` puts a value into a file, which may have a spelling of its own. */
export function makeCaseFamily(
  given: MatrixCase,
  make: (value: Value, spell: (text: string) => string) => Omit<Config, "headers">,
): Family {
  const { parent, normal, admin } = given;
  const lower = (text: string) => text.toLowerCase();
  const upper = (text: string) => text.toUpperCase();
  return makeFamily(
    {
      path: "/p/c",
      normal: normal ? make(normal, lower) : {},
      ...(admin && { admin: make(admin, (text) => text) }),
    },
    { path: "/p", ...(parent && { [parent[1]]: make(parent[0], upper) }) },
  );
}

/** File and value that win in a case without error. */
export function winner({ effect, parent, normal, admin }: MatrixCase): readonly [string, Part, string] | undefined {
  if (effect === "parent" && parent) return ["/p", parent[1], parent[0]];
  if (effect === "normal" && normal) return ["/p/c", "normal", normal];
  if (effect === "admin" && admin) return ["/p/c", "admin", admin];
  return undefined;
}
