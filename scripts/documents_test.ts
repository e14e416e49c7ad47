/** What the documents say of the tests, and the programs in them. */
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

/** The image that the programs of README.md look at. */
const IMAGE = {
  "usr/bin/sh": "",
  "data/boot/kernel": "",
  ...node("nodes/system", "system", [
    "exports:",
    "  - { mode: Restricted, mount: /usr, path: /usr }",
    "  - { mode: Public, mount: /data, path: /data }",
    "config: { path: /usr/bin, share_net: disabled }",
  ]),
  ...node("nodes/system/nav", "navigation", [
    "exports:",
    "  - { mode: Restricted, mount: /nodes/nav, path: $NODE_PATH/usr }",
    "  - { mode: Restricted, mount: /data, path: /data }",
  ]),
  "nodes/system/nav/usr/bin/navigate": "#!/usr/bin/python3\n",
  ...node("nodes/system/ota", "ota", []),
  ...node("nodes/system/radio", "radio", []),
};

function node(path: string, alias: string, config: readonly string[]): Record<string, string> {
  return {
    [`${path}/.rednode.yaml`]: `realpath: /${path}\nstate: Enable\ntimestamp: 1700000000000\n`,
    [`${path}/etc/redpak.yaml`]: ["headers:", `  alias: ${alias}`, ...config, ""].join("\n"),
  };
}

/** Blocks of README.md in a language. */
function blocks(language: string): string[] {
  return [...read("README.md").matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, text = ""]) =>
    of === language ? [text] : []
  );
}

Deno.test("the programs of README.md need the permissions that it gives them, and print what it shows", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(IMAGE)) {
      const file = `${directory}/rootfs/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text, { mode: 0o755 });
    }
    const programs = blocks("ts").flatMap((text) => {
      const name = /^\/\/ (\w+\.ts)\n/.exec(text)?.[1];
      return name === undefined ? [] : [[name, text] as const];
    });
    assert.equal(programs.length, 3);
    for (const [name, text] of programs) await Deno.writeTextFile(`${directory}/${name}`, text);
    const imports = { "@redpak/redpak": `${REPOSITORY}mod.ts` };
    await Deno.writeTextFile(`${directory}/deno.json`, JSON.stringify({ imports, lock: false }));
    const shown = blocks("console").filter((text) => programs.some(([name]) => text.includes(` ${name}\n`))).join("");
    const rules = /^\$ cat (\w+\.txt)\n([^$]*)/m.exec(shown);
    await Deno.writeTextFile(`${directory}/${rules?.[1]}`, rules?.[2] ?? "");
    const runs = [...shown.matchAll(/^\$ deno run (.*)\n([^$]*)/gm)];
    assert.equal(runs.length, programs.length);
    for (const [, words = "", expected] of runs) {
      const options = { cwd: directory, env: { NO_COLOR: "1" } };
      const args = ["run", "--no-prompt", "--no-check", "--quiet", ...words.split(" ")];
      const { stdout, stderr } = await new Deno.Command("deno", { args, ...options }).output();
      const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.deepEqual([errors, output?.replaceAll(directory, "/build")], ["", expected]);
    }
    const sarif = JSON.parse(await Deno.readTextFile(`${directory}/verify.sarif`));
    assert.equal(sarif.runs[0].results.length, 2);
    assert.match(await Deno.readTextFile(`${directory}/nodes.html`), /^<!DOCTYPE html>/i);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
