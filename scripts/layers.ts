/**
 * The layer table: which permissions the code of a folder needs, and what it may import. The lint plugin and
 * `check_layers.ts` enforce it; the permission sets in deno.json let the unit tests of a folder run with nothing more.
 */

export type Permission = "read" | "write" | "run" | "env" | "ffi" | "sys" | "net";

export interface Layer {
  readonly permissions: readonly Permission[];
  /** Layers beside itself. */
  readonly imports: readonly string[];
  /** npm packages. */
  readonly packages: readonly string[];
}

const LIBRARY = [
  "src/core",
  "src/config",
  "src/plan",
  "src/proof",
  "src/store",
  "src/host",
  "src/launch",
  "src/packages",
  "src/view",
  "ffi",
] as const;
/** Imported as text or JSON: the node templates and profiles, the product's version. */
const DATA = ["policies", "deno.json"] as const;
/** The attacks that SECURITY.md lists: data, beside the tests that it names. */
const CATALOGUE = "tests/security/catalogue";
const EVERYTHING: readonly Permission[] = ["read", "write", "run", "env", "ffi", "sys", "net"];
const COMMANDS: readonly Permission[] = ["read", "write", "run", "ffi", "sys", "net"];

/** By path: the longest one that a file's path starts with counts. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "src/core": { permissions: [], imports: [], packages: [] },
  "src/config": { permissions: [], imports: ["src/core"], packages: ["zod", "yaml"] },
  // The profiles of system calls are data: with them the plan stays a function of its input and the program's version.
  "src/plan": { permissions: [], imports: ["src/core", "src/config", "policies"], packages: [] },
  "src/proof": { permissions: [], imports: ["src/core", "src/config", "src/plan"], packages: [] },
  "src/view": {
    permissions: [],
    imports: ["src/core", "src/config", "src/plan", "src/proof"],
    packages: ["yaml", "spdx-license-ids", "spdx-exceptions"],
  },
  "src/store": { permissions: ["read", "write"], imports: ["src/core", "src/config", "policies"], packages: ["yaml"] },
  "ffi": { permissions: ["ffi"], imports: ["src/core"], packages: [] },
  "src/host": { permissions: ["read", "ffi"], imports: ["src/core", "ffi"], packages: [] },
  "src/launch": {
    permissions: ["read", "write", "run", "ffi"],
    imports: ["src/core", "src/config", "src/plan", "src/store", "src/host", "ffi"],
    packages: [],
  },
  "src/packages": {
    permissions: ["read", "write", "ffi", "net"],
    imports: ["src/core", "src/config", "src/store", "src/host", "ffi"],
    packages: ["zod"],
  },
  "src/cli": {
    permissions: COMMANDS,
    imports: [...LIBRARY, ...DATA, "src/cli/launch_environment.ts"],
    packages: ["@stricli/core", "zod", "yaml"],
  },
  // The one place that looks at the process's environment: everything else gets it as a value.
  "src/cli/launch_environment.ts": { permissions: ["env"], imports: [], packages: [] },
  "policies": { permissions: [], imports: [], packages: [] },
  "deno.json": { permissions: [], imports: [], packages: [] },
  // What the commands have put together, for programs instead of people.
  "src/library": { permissions: ["read", "ffi", "sys"], imports: [...LIBRARY, ...DATA, "src/cli"], packages: [] },
  "mod.ts": { permissions: [], imports: ["src/library", ...LIBRARY], packages: [] },
  "scripts": { permissions: EVERYTHING, imports: [...LIBRARY, "src/cli", CATALOGUE], packages: ["zod", "yaml"] },
  "tests": {
    permissions: EVERYTHING,
    imports: [...LIBRARY, ...DATA, "src/cli", "scripts", CATALOGUE],
    packages: ["zod", "yaml"],
  },
  [CATALOGUE]: { permissions: [], imports: [], packages: [] },
};

const TEST_PACKAGES = ["fast-check", "ajv"];

/** Test files, and generators of random values for them. */
export function isTest(file: string): boolean {
  return layerOf(file) === "tests" || /(?:_test|\/_arbitrary_\w+)\.ts$/.test(file);
}

export function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/**
 * Why a file may not import a module, or `undefined` when it may.
 *
 * @param from path below the repository's root
 * @param to path below the root, `npm:NAME` or `node:NAME`; anything else is refused
 */
export function refusal(from: string, to: string): string | undefined {
  const layer = layerOf(from);
  if (layer === undefined) return `"${from}" belongs to no layer of scripts/layers.ts`;
  if (to.startsWith("node:")) {
    return isTest(from) ? undefined : `"${to}" costs start-up time; only tests may import node:`;
  }
  if (to.startsWith("npm:")) {
    const name = to.slice("npm:".length);
    if (LAYERS[layer]!.packages.includes(name) || isTest(from) && TEST_PACKAGES.includes(name)) return undefined;
    return `${layer} may not import the package "${name}"`;
  }
  if (isTest(to) && !isTest(from)) return `"${to}" is for tests only`;
  const target = layerOf(to);
  if (target === undefined) return `"${to}" belongs to no layer of scripts/layers.ts`;
  if (target === layer || LAYERS[layer]!.imports.includes(target)) return undefined;
  if (isTest(from) && (DATA as readonly string[]).includes(target)) return undefined;
  return `${layer} may not import ${target}`;
}
