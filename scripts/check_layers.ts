/**
 * Checks every import of every module below `src`, `ffi` and `mod.ts`, as Deno resolves it, against the layer table, and
 * the npm packages that each layer reaches through others: `deno task layers`.
 */

import { refusal } from "./layers.ts";

/** The part of `deno info --json` that is used. */
export interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

/** One line per violation in a module graph; `root` is the file URL of the repository, with a slash at its end. */
export function violations(graph: ModuleGraph, root: string): string[] {
  const found: string[] = [];
  for (const module of graph.modules) {
    if (!module.specifier.startsWith(root)) continue;
    const from = module.specifier.slice(root.length);
    if (module.error !== undefined) found.push(`${from}: ${module.error}`);
    for (const { specifier, code, type } of module.dependencies ?? []) {
      const resolved = code?.specifier ?? type?.specifier;
      const reason = resolved === undefined
        ? `"${specifier}" cannot be resolved`
        : refusal(from, relative(resolved, root));
      if (reason !== undefined) found.push(`${from}: ${reason}`);
    }
  }
  return found;
}

/** `npm:/zod@4.6.7/v4` and `npm:zod@4.6.7` are the package `npm:zod`. */
function relative(specifier: string, root: string): string {
  if (specifier.startsWith(root)) return specifier.slice(root.length);
  const name = /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1];
  return name === undefined ? specifier : `npm:${name}`;
}

function* sources(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

async function graphOf(file: string): Promise<ModuleGraph> {
  const command = new Deno.Command("deno", { args: ["info", "--json", file], stdout: "piped", stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot read the imports of "${file}": deno info failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url);
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const folder of ["src", "ffi"]) {
    for (const file of sources(`${root.pathname}${folder}`)) {
      if (seen.has(`file://${file}`)) continue;
      const graph = await graphOf(file);
      for (const module of graph.modules) seen.add(module.specifier);
      for (const violation of violations(graph, root.href)) found.add(violation);
    }
  }
  for (const violation of [...found].sort()) console.error(violation);
  console.log(`layers: ${seen.size} modules, ${found.size} violations`);
  if (found.size > 0) Deno.exit(1);
}
