import assert from "node:assert/strict";

const made = new Map<string, Promise<string>>();

/** A program made from a C file, named relative to this folder; made once, and removed at the end of the tests. */
export function compile(source: string, ...flags: string[]): Promise<string> {
  return compileWith("gcc", source, ...flags);
}

/** The same by a compiler for another machine. */
export function compileWith(compiler: string, source: string, ...flags: string[]): Promise<string> {
  const key = [compiler, source, ...flags].join(" ");
  const program = made.get(key) ?? make(compiler, source, flags);
  made.set(key, program);
  return program;
}

async function make(compiler: string, source: string, flags: readonly string[]): Promise<string> {
  const directory = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  // Users of nodes must reach it.
  Deno.chmodSync(directory, 0o755);
  const program = `${directory}/${source.slice(source.lastIndexOf("/") + 1).replace(".c", "")}`;
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const path = new URL(source, import.meta.url).pathname;
  const result = await new Deno.Command(compiler, {
    args: ["-O1", "-Wall", "-Wextra", "-Werror", ...flags, "-o", program, path],
  }).output();
  assert(result.success, new TextDecoder().decode(result.stderr));
  return program;
}
