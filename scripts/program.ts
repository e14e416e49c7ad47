/**
 * The program as texts that are evaluated when they are wanted: the bundle of `src/cli/main.ts`, split at each dynamic
 * `import()`, and the assets that cannot be imported as modules.
 */

/** A named text. The first part of a program is its main module; parts are the bodies of functions (`boot.js`) or assets. */
export interface Part {
  readonly name: string;
  /** The parts that it imports, which are evaluated first. */
  readonly needs: readonly string[];
  readonly text: string;
}

/**
 * Bundles `main` and everything it imports.
 *
 * @throws {Error} when the bundler fails, for example because of a top-level await
 */
export async function bundleProgram(main: string): Promise<Part[]> {
  using scratch = new Scratch();
  await bundle(["--code-splitting", "--format=esm", `--outdir=${scratch.path}`, main]);
  const entry = `${main.split("/").at(-1)!.replace(/\.ts$/, "")}.js`;
  const chunks = numbered(entry, (name) => Deno.readTextFileSync(`${scratch.path}/${name}`));
  const parts = [...chunks].map(([name, text]) => partOf(name, text, [...chunks.keys()]));
  refuseCycles(parts);
  return parts;
}

const IMPORT = /^import(?:\{([^}]*)\}from)?"\.\/([^"]+)";/;
const EXPORTS = /export\{([^{}]*)\};\s*(?=(?:\/\*[^*]*\*\/\s*)*$)/;

/**
 * A chunk as the body of a function that is called with `use`, for what it imports, and `importPart`, and returns what it
 * exports. Imports are constants: exports are what they are when a part has been evaluated (`scripts/lint_plugin.ts` forbids
 * those that change).
 *
 * @param names of all chunks
 */
export function partOf(name: string, chunk: string, names: readonly string[]): Part {
  const needs = new Set<string>();
  const uses: string[] = [];
  let body = chunk;
  for (let found = IMPORT.exec(body); found !== null; found = IMPORT.exec(body)) {
    const [statement, imported, from] = found;
    body = body.slice(statement.length);
    if (!names.includes(from!)) throw new Error(`Cannot bundle "${from}": it is not a part of the program`);
    needs.add(from!);
    if (imported !== undefined) uses.push(`const{${imported.replaceAll(/ as /g, ":")}}=use("${from}");`);
  }
  const exported = (_: string, list: string) =>
    `return{${list.split(",").map((one) => one.split(" as ").reverse().join(":")).join(",")}};`;
  body = withPartImports(body.replace(EXPORTS, exported), names).replaceAll("import.meta.url", "void 0");
  const text = uses.join("") + body;
  refuseStatements(name, text);
  return { name, needs: [...needs], text };
}

/** An import or export that was written in another way would be found by who first needs the part. */
function refuseStatements(name: string, text: string): void {
  try {
    new Function("use", "importPart", `"use strict";${text}`);
  } catch (error) {
    throw new Error(`Cannot bundle "${name}": it is no body of a function: ${error}`);
  }
}

/** What parts import is a constant, so it must be there before them. @throws {Error} with the circle */
export function refuseCycles(parts: readonly Part[]): void {
  const needs = new Map(parts.map((part) => [part.name, part.needs]));
  const known = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw new Error(`Cannot bundle: parts import each other: ${[...path, name].join(", ")}`);
    if (known.has(name)) return;
    for (const need of needs.get(name) ?? []) visit(need, [...path, name]);
    known.add(name);
  };
  for (const { name } of parts) visit(name, []);
}

/**
 * All chunks that can be reached from `entry`, under the names `0.js`, `1.js`, … in the order of their first mention: the
 * bundler's own names depend on where the checkout lies.
 */
export function numbered(entry: string, read: (name: string) => string): Map<string, string> {
  const found = [entry];
  const texts = new Map<string, string>();
  for (const name of found) {
    const text = read(name).replaceAll(
      /\b(from|import|import\()"\.\/([^"]+)"/g,
      (_, keyword: string, other: string) => {
        if (!found.includes(other)) found.push(other);
        return `${keyword}"./${found.indexOf(other)}.js"`;
      },
    );
    texts.set(`${texts.size}.js`, text);
  }
  return texts;
}

/** The one-line main module that runs the parts: `boot_linked.js` or `boot_compiled.js`. */
export async function bundleBoot(name: "boot_linked" | "boot_compiled"): Promise<string> {
  using scratch = new Scratch();
  const to = `${scratch.path}/boot.js`;
  await bundle(["--format=esm", `--output=${to}`, new URL(`${name}.js`, import.meta.url).pathname]);
  return Deno.readTextFileSync(to).trim();
}

/** Sends the dynamic imports of other parts through `importPart`: no module loader knows the parts. */
export function withPartImports(text: string, names: readonly string[]): string {
  const rewritten = text.replaceAll(
    /\bimport\("\.\/([^"]+)"\)/g,
    (found, name: string) => names.includes(name) ? `importPart("${name}")` : found,
  );
  const left = /\bimport\("\.[^)]*\)?/.exec(rewritten)?.[0];
  if (left !== undefined) throw new Error(`Cannot bundle "${left}": it is not a part of the program`);
  return rewritten;
}

async function bundle(args: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--no-check", "--platform=browser", "--minify", ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`Cannot bundle "${args.at(-1)}": ${text}`);
}

class Scratch implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "redpak-build-" });
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
