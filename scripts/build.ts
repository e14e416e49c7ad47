/**
 * Makes `dist/redpak`: `scripts/build [--compile | --link]`.
 *
 * Without an option it compiles with `deno compile` where that command's base runtime (denort) can be had, and links the
 * program into a copy of the deno executable otherwise.
 */

import { buildEntry } from "./build_entry.ts";
import { linkBinary } from "./link_binary.ts";
import { run } from "./run.ts";
import { bundleBoot, bundleProgram, type Part } from "./program.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const scratch = `${root}/dist/.build`;
const output = `${root}/dist/redpak`;

/** Never all permissions; each command drops what it does not need before its code is loaded. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-ffi",
  "--allow-net",
  "--allow-run=/usr/bin/bash,/proc/self/exe",
  "--allow-sys=uid,gid,hostname,osRelease,systemMemoryInfo",
  "--deny-import",
];

/** Nothing beside the executable matters: no configuration, lock file, package.json, registry, cache or network. */
const ALONE = ["--no-config", "--no-lock", "--no-npm", "--no-remote", "--cached-only", "--no-check"];

/**
 * A command lives for a few hundredths of a second: what V8's quick compilers make in that time does not pay (5 of 100 ms).
 * What has run for thousands of times is compiled, which takes a launch no longer; without that `verify` would take half as
 * long again, for only such code calls C functions directly.
 */
const START_FAST = ["--v8-flags=--no-sparkplug,--invocation-count-for-maglev=3000"];

/**
 * The environment of the Deno process itself: it asks nobody for updates, and has no place for its caches. A path longer
 * than PATH_MAX fails in every system call, whoever calls and whatever is mounted; it is one name, because Deno looks at each on
 * the way. `/dev/null` would do as well, but is made a directory where it does not exist. On a terminal Deno would say so each time.
 */
const ENVIRONMENT = [
  `DENO_DIR=/${"no-cache".repeat(512)}`,
  "DENO_LOG=error,deno::cache=off",
  "DENO_NO_UPDATE_CHECK=1",
];

async function main(): Promise<void> {
  Deno.mkdirSync(scratch, { recursive: true });
  const stages: Part[] = [];
  for (const architecture of ["x86_64", "aarch64"]) {
    await run("make", ["--silent", "-C", `${root}/ffi/stage`, `ARCH=${architecture}`]);
    const stage = Deno.readFileSync(`${root}/ffi/stage/build/stage.${architecture}`);
    stages.push({ name: `stage.${architecture}`, needs: [], text: stage.toBase64() });
  }
  const parts = [...await bundleProgram(`${root}/src/cli/main.ts`), ...stages];

  const method = Deno.args[0] ?? (await canCompile() ? "--compile" : "--link");
  if (method === "--compile") await compile(parts);
  else if (method === "--link") await link(parts);
  else throw new Error(`Cannot build: unknown option "${method}" (--compile or --link)`);

  await verify();
  const size = (Deno.statSync(output).size / 2 ** 20).toFixed(1);
  console.log(
    `dist/redpak: ${size} MiB, ${method === "--compile" ? "compiled" : "linked"} with Deno ${Deno.version.deno}`,
  );
}

async function link(parts: readonly Part[]): Promise<void> {
  const module = `data:text/javascript,${encodeURIComponent(await bundleBoot("boot_linked"))}`;
  const texts = parts.map(({ text }) => new TextEncoder().encode(text));
  const index = JSON.stringify(parts.map(({ name, needs }, at) => [name, texts[at]!.length, needs]));
  const launch = {
    arguments: ["redpak", "run", ...PERMISSIONS, ...ALONE, ...START_FAST, module, index],
    environment: ENVIRONMENT,
    text: new Uint8Array(await new Blob(texts).arrayBuffer()),
  };
  writeExecutable(linkBinary(Deno.readFileSync(Deno.execPath()), await buildEntry(`${scratch}/entry`), launch));
}

async function compile(parts: readonly Part[]): Promise<void> {
  const texts = JSON.stringify(Object.fromEntries(parts.map(({ name, needs, text }) => [name, [text, needs]])));
  const boot = await bundleBoot("boot_compiled");
  Deno.writeTextFileSync(`${scratch}/redpak.js`, `const PARTS=${texts};\n{${boot}}\n`);
  const args = [
    "--quiet",
    "--no-config",
    "--no-check",
    ...START_FAST,
    ...PERMISSIONS,
    "--allow-env",
    `--output=${output}`,
  ];
  await run(Deno.execPath(), ["compile", ...args, `${scratch}/redpak.js`]);
}

/** Whether `deno compile` finds its base runtime: named by the user, downloaded before, or on the network. */
async function canCompile(): Promise<boolean> {
  if (Deno.env.get("DENORT_BIN") !== undefined) return true;
  const release = `release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  try {
    Deno.statSync(`${cache}/dl/${release}`);
    return true;
  } catch {
    const answer = fetch(`https://dl.deno.land/${release}`, { method: "HEAD", signal: AbortSignal.timeout(3000) });
    return await answer.then((response) => response.ok, () => false);
  }
}

/** In one step, so that a build never disturbs a running redpak. */
function writeExecutable(bytes: Uint8Array): void {
  Deno.writeFileSync(`${output}.new`, bytes, { mode: 0o755 });
  Deno.renameSync(`${output}.new`, output);
}

/** A base runtime of another version, or one that is none, gives a file that builds well and is not redpak. */
async function verify(): Promise<void> {
  const { success, stdout } = await new Deno.Command(output, { args: ["version"], stdin: "null" }).output();
  if (success && new TextDecoder().decode(stdout).startsWith("redpak ")) return;
  Deno.removeSync(output);
  throw new Error(`Cannot build: "${output} version" does not print redpak's version`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
