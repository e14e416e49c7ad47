/**
 * Writes the tables of attacks and faults in SECURITY.md, from tests/security/catalogue.
 *
 * Usage: deno run --allow-read=SECURITY.md --allow-write=SECURITY.md scripts/generate_catalogue.ts
 */
import { CATALOGUE, type Entry } from "../tests/security/catalogue/catalogue.ts";
import { PROOFS } from "../tests/security/catalogue/proof.ts";
import { RELIABILITY } from "../tests/security/catalogue/reliability.ts";

export const SECURITY = new URL("../SECURITY.md", import.meta.url);

/** What stands between `<!-- attacks: … -->` and `<!-- end of attacks -->`. */
const TABLES = {
  attacks: { entries: CATALOGUE, columns: "attack | defence" },
  faults: { entries: RELIABILITY, columns: "fault | promise" },
} as const;
type Table = keyof typeof TABLES;

/** The probe's tests, and files by their names, which are unique among those that are referenced. */
function testsOf({ id, probed, tests = [] }: Entry): string {
  const isProven = id in PROOFS && "check" in PROOFS[id]!;
  const files = [
    ...probed ? ["probe_test"] : [],
    ...isProven ? ["proof_test"] : [],
    ...tests.map(([file]) => file.slice(file.lastIndexOf("/") + 1)),
  ];
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

/** Which check of `redpak verify` finds an attack in an image, and why none does. */
function proofTable(): string {
  const rows = Object.entries(PROOFS).map(([id, proof]) => {
    const { attack } = CATALOGUE.find((entry) => entry.id === id)!;
    return `| ${id} | ${attack} | ${"check" in proof ? proof.check : `none: ${proof.none}`} |`;
  });
  return ["| id | attack | check |", "|---|---|---|", ...rows].join("\n");
}

/** The document with the tables in it. */
export function withTables(document: string): string {
  const tables = [...(Object.keys(TABLES) as Table[]).map((name) => [name, tableOf(name)]), ["proofs", proofTable()]];
  return tables.reduce((text, [name, table]) => {
    const [first, last] = [`<!-- ${name}: scripts/generate_catalogue.ts -->`, `<!-- end of ${name} -->`];
    const [begin, end] = [text.indexOf(first), text.indexOf(last)];
    if (begin < 0 || end < begin) throw new Error(`SECURITY.md has no "${first}" before "${last}"`);
    return `${text.slice(0, begin)}${first}\n${table}\n${text.slice(end)}`;
  }, document);
}

if (import.meta.main) Deno.writeTextFileSync(SECURITY, withTables(Deno.readTextFileSync(SECURITY)));
