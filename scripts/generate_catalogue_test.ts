import * as assert from "node:assert/strict";
import { CATALOGUE } from "../tests/security/catalogue/catalogue.ts";
import { RELIABILITY } from "../tests/security/catalogue/reliability.ts";
import { SECURITY, withTables } from "./generate_catalogue.ts";

const REPOSITORY = new URL("..", import.meta.url).pathname;
const PROBE = [...Deno.readDirSync(`${REPOSITORY}tests/security`)].filter(({ name }) => /^probe_.*\.h$/.test(name))
  .map(({ name }) => Deno.readTextFileSync(`${REPOSITORY}tests/security/${name}`)).join("");

/** How many attacks each letter has. */
const ATTACKS = { A: 30, B: 22, C: 17, D: 23, E: 17, F: 13, G: 19, H: 24, I: 12 };

Deno.test("the tables in SECURITY.md are those of the catalogue", () => {
  const document = Deno.readTextFileSync(SECURITY);
  assert.equal(document, withTables(document), "run scripts/generate_catalogue.ts");
});

Deno.test("every attack has a row, in order", () => {
  const ids = Object.entries(ATTACKS).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${String(index + 1).padStart(2, "0")}`)
  );
  assert.deepEqual(CATALOGUE.map(({ id }) => id), ids);
});

Deno.test("every fault around a launch has a row, in order", () => {
  const ids = Array.from({ length: 16 }, (_, index) => `R${index + 11}`);
  assert.deepEqual(RELIABILITY.map(({ id }) => id), ids);
});

Deno.test("every test that the catalogue names exists", () => {
  for (const { id, tests = [] } of [...CATALOGUE, ...RELIABILITY]) {
    for (const [file, claim] of tests) {
      // Scenarios of virtual machines are named in their scripts.
      const isScript = file.startsWith("tests/vm/") && file !== "tests/vm/battery_test";
      const path = REPOSITORY + (isScript ? file.replace(/_test$/, ".sh") : `${file}.ts`);
      assert.ok(claim !== "" && Deno.readTextFileSync(path).includes(claim), `${id}: ${file} has no "${claim}"`);
    }
  }
});

Deno.test("what the probe tries is in the catalogue, and what it leaves open by the text of the check", () => {
  // What the node may not live to say is said by the scene.
  const scene = Deno.readTextFileSync(`${REPOSITORY}tests/security/_scene.ts`);
  const tried = [
    ...PROBE.matchAll(/X\("(\w+)", "([^"]+)"/g),
    ...scene.matchAll(/\{ id: "(\w+)", kind: "\w", text: "([^"]+)" \}/g),
  ].map(([, id = "", text = ""]) => ({ id, text }));
  const probed = CATALOGUE.filter(({ probed }) => probed).map(({ id }) => id);
  assert.deepEqual([...new Set(tried.map(({ id }) => id))].sort(), probed);
  for (const { id, open = [], openToUsers = [] } of CATALOGUE) {
    for (const text of [...open, ...openToUsers]) {
      assert.ok(tried.some((check) => check.id === id && check.text === text), `${id}: "${text}"`);
    }
  }
});

Deno.test("what is held is tested, and what is not has a reason", () => {
  for (const { id, result, because, probed, tests, open, openToUsers } of [...CATALOGUE, ...RELIABILITY]) {
    if (result === "held") assert.ok((probed || tests) && !because && !open && !openToUsers, id);
    else assert.ok(because, id);
    if (result === "in part") assert.ok(probed || tests, id);
  }
});
