/**
 * The program as texts that are evaluated one by one: the bundle of `src/cli/main.ts`, split at each dynamic `import()`,
 * and the assets that cannot be imported as modules.
 */

/** A named text. The first part of a program is its main module; parts are CommonJS modules or assets. */
export interface Part {
  readonly name: string;
  readonly text: string;
}

/**
 * Bundles `main` and everything it imports.
 *
 * @throws {Error} when the bundler fails, for example because of a top-level await
 */
export async function bundleProgram(main: string): Promise<Part[]> {
  using scratch = new Scratch();
  // Splitting exists for ES modules only; a second pass turns each chunk into CommonJS, with live bindings.
  await bundle(["--code-splitting", "--format=esm", `--outdir=${scratch.path}/esm`, main]);
  const entry = `${main.split("/").at(-1)!.replace(/\.ts$/, "")}.js`;
  const chunks = numbered(entry, (name) => Deno.readTextFileSync(`${scratch.path}/esm/${name}`));

  const parts: Part[] = [];
  for (const [name, text] of chunks) {
    const [from, to] = [`${scratch.path}/${name}`, `${scratch.path}/cjs/${name}`];
    Deno.writeTextFileSync(from, text);
    await bundle(["--inline-imports=false", "--format=cjs", `--output=${to}`, from]);
    parts.push({ name: `./${name}`, text: withPartImports(Deno.readTextFileSync(to), [...chunks.keys()]) });
  }
  return parts;
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
    (found, name: string) => names.includes(name) ? `importPart("./${name}")` : found,
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
