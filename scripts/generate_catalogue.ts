/**
 * Writes the table of attacks in SECURITY.md, from tests/security/catalogue/catalogue.ts.
 *
 * Usage: deno run --allow-read=SECURITY.md --allow-write=SECURITY.md scripts/generate_catalogue.ts
 */
import { CATALOGUE, type Entry } from "../tests/security/catalogue/catalogue.ts";

export const SECURITY = new URL("../SECURITY.md", import.meta.url);

const [BEGIN, END] = ["<!-- attacks: scripts/generate_catalogue.ts -->", "<!-- end of attacks -->"];

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

/** What stands between the markers. */
export function catalogueTable(): string {
  const results = [...new Set(CATALOGUE.map(({ result }) => result))];
  const sums = results.map((result) => `${CATALOGUE.filter((entry) => entry.result === result).length} ${result}`);
  return [
    `${CATALOGUE.length} attacks: ${sums.join(", ")}.`,
    "",
    "| id | attack | defence | test | result |",
    "|---|---|---|---|---|",
    ...CATALOGUE.map(row),
  ].join("\n");
}

/** The document with the table in it. */
export function withTable(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`SECURITY.md has no "${BEGIN}" before "${END}"`);
  return `${document.slice(0, begin)}${BEGIN}\n${catalogueTable()}\n${document.slice(end)}`;
}

if (import.meta.main) Deno.writeTextFileSync(SECURITY, withTable(Deno.readTextFileSync(SECURITY)));
