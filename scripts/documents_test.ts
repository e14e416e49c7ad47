/** What the documents say of the tests. */
import * as assert from "node:assert/strict";

const REPOSITORY = new URL("..", import.meta.url).pathname;

function read(path: string): string {
  return Deno.readTextFileSync(REPOSITORY + path);
}

function listTests(folder: string): string[] {
  return [...Deno.readDirSync(REPOSITORY + folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? listTests(path) : /_test\.ts$|\.sh$/.test(name) ? [path] : [];
  });
}

/** The rows of a table whose first cell looks like `S1`. */
function rows(document: string, letters: string): { id: string; cells: string[] }[] {
  return read(document).split("\n").flatMap((line) => {
    const [, id = "", ...cells] = line.split(" | ").join("|").split("|").map((cell) => cell.trim());
    return new RegExp(`^[${letters}]\\d+$`).test(id) ? [{ id, cells }] : [];
  });
}

Deno.test("every defect of redpak 2.5 has a line", () => {
  const numbered = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  assert.deepEqual(
    rows("ARCHITECTURE.md", "SBR").map(({ id }) => id),
    [...numbered("S", 23), ...numbered("B", 28), ...numbered("R", 10)],
  );
});

Deno.test("every test that a table names exists", () => {
  const tests = ["src", "ffi", "scripts", "tests"].flatMap(listTests);
  for (const { id, cells } of rows("ARCHITECTURE.md", "SBR")) {
    const shown = cells[2] ?? "";
    if (shown === "–") continue;
    const named = [...shown.matchAll(/([\w/]+) ("[^"]+"(?:, "[^"]+")*)/g)];
    assert.ok(named.length > 0, `${id}: ${shown}`);
    for (const [, file = "", claims = ""] of named) {
      const path = tests.find((test) => `/${test.replace(/\.\w+$/, "")}`.endsWith(`/${file}`));
      assert.ok(path, `${id}: there is no ${file}`);
      for (const [, claim = ""] of claims.matchAll(/"([^"]+)"/g)) {
        assert.ok(read(path).includes(claim), `${id}: ${path} has no "${claim}"`);
      }
    }
  }
});
