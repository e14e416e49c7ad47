/**
 * The solver, case by case: each file of `cases` is what is installed where, what repositories have, a request, and what
 * is to come of it. `deno task solver:write` writes what does come of it; look at the difference before you keep it.
 */
import assert from "node:assert/strict";
import { parseCase } from "./_case.ts";
import { runCase } from "./_run_case.ts";
import { solverTest } from "./_solver.ts";

const directory = new URL("cases/", import.meta.url).pathname;
const names = [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) => name.endsWith(".case")).sort();
for (const name of names) {
  solverTest(name.replace(".case", "").replaceAll("-", " "), async () => {
    const path = directory + name;
    const text = Deno.readTextFileSync(path);
    const given = parseCase(text);
    const found = await runCase(given);
    if (Deno.args.includes("--write")) {
      Deno.writeTextFileSync(path, text.slice(0, -given.expected.length || undefined) + found);
    } else assert.equal(found, given.expected);
  });
}

Deno.test("there are cases", () => assert(names.length >= 60, String(names.length)));
