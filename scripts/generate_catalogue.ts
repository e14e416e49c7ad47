/**
 * Writes the tables of attacks and faults in SECURITY.md, from tests/security/catalogue.
 *
 * Usage: deno run --allow-read=SECURITY.md --allow-write=SECURITY.md scripts/generate_catalogue.ts
 */
import { CATALOGUE, type Entry } from "../tests/security/catalogue/catalogue.ts";
import { RELIABILITY } from "../tests/security/catalogue/reliability.ts";

export const SECURITY = new URL("../SECURITY.md", import.meta.url);

/** What stands between `<!-- attacks: … -->` and `<!-- end of attacks -->`. */
const TABLES = {
  attacks: { entries: CATALOGUE, columns: "attack | defence" },
  faults: { entries: RELIABILITY, columns: "fault | promise" },
} as const;
type Table = keyof typeof TABLES;

/** The probe's tests, and files by their names, which are unique among those that are referenced. */
function testsOf({ probed, tests = [] }: Entry): string {
  const files = [...probed ? ["probe_test"] : [], ...tests.map(([file]) => file.slice(file.lastIndexOf("/") + 1))];
  return [...new Set(files)].join(", ") || "–";
}

function row(entry: Entry): string {
  const { id, attack, defence, result, because } = entry;
  return `| ${id} | ${attack} | ${defence} | ${testsOf(entry)} | ${result}${
    because === undefined ? "" : `: ${because}`
  } |`;
}

function tableOf(name: Table): string {
  const { entries, columns } = TABLES[name];
  const results = [...new Set(entries.map(({ result }) => result))];
  const sums = results.map((result) => `${entries.filter((entry) => entry.result === result).length} ${result}`);
  return [
    `${entries.length} ${name}: ${sums.join(", ")}.`,
    "",
    `| id | ${columns} | test | result |`,
    "|---|---|---|---|---|",
    ...entries.map(row),
  ].join("\n");
}

/** The document with the tables in it. */
export function withTables(document: string): string {
  return (Object.keys(TABLES) as Table[]).reduce((text, name) => {
    const [first, last] = [`<!-- ${name}: scripts/generate_catalogue.ts -->`, `<!-- end of ${name} -->`];
    const [begin, end] = [text.indexOf(first), text.indexOf(last)];
    if (begin < 0 || end < begin) throw new Error(`SECURITY.md has no "${first}" before "${last}"`);
    return `${text.slice(0, begin)}${first}\n${tableOf(name)}\n${text.slice(end)}`;
  }, document);
}

if (import.meta.main) Deno.writeTextFileSync(SECURITY, withTables(Deno.readTextFileSync(SECURITY)));
