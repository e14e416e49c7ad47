/**
 * The cases of tests/golden: what `redwrap` prints for a family of nodes, and that the sandbox it makes of it shows the
 * same. The files say what is expected; _golden_case.ts has their format.
 */
import assert from "node:assert/strict";
import { type Expected, type GoldenCase, parseGoldenCase, type Refusal } from "./_golden_case.ts";
import { type Ended, Helper, type Launch, start } from "./_golden_launch.ts";
import { compile } from "./_compile.ts";
import { isRoot, Scratch } from "./_node.ts";
import { observe } from "./_observe.ts";
import { REDWRAP } from "./_programs.ts";

const directory = new URL("../golden", import.meta.url).pathname;
const probe = await compile("golden_probe.c", "-static");
if (!isRoot) console.log("without root the cases are only dumped, not launched");

for (const name of [...Deno.readDirSync(directory)].map((entry) => entry.name).sort()) {
  const text = Deno.readTextFileSync(`${directory}/${name}`);
  const { title, strict, compat } = parseGoldenCase(text);
  const stem = name.replace(".case", "");
  if (strict !== undefined) Deno.test(`${stem}: ${title}`, () => run(text, "strict"));
  if (compat !== undefined) Deno.test(`${stem}, compat: ${title}`, () => run(text, "compat"));
}

async function run(text: string, manner: "strict" | "compat"): Promise<void> {
  using scratch = new Scratch();
  await using helper = await Helper.start(parseGoldenCase(text).helper);
  const written = parseGoldenCase(text);
  const leaf = `${scratch.path}/${written.leaf}`;
  const places = { DIR: scratch.path, LEAF: leaf, PROBE: `${leaf}/probe`, HELPER: String(helper.pid) };
  const golden = parseGoldenCase(text.replace(/@([A-Z]+)@/g, (_, name: string) => {
    const place = places[name as keyof typeof places];
    assert(place !== undefined, `there is no @${name}@`);
    return place;
  }));
  for (const [path, content] of golden.files) scratch.file(path, content);
  Deno.copyFileSync(probe, places.PROBE);
  const environment = manner === "compat" ? { ...golden.environment, REDPAK_COMPAT: "1" } : golden.environment;
  const launcher = { environment, directory: golden.directory, descriptors: golden.descriptors, scratch: scratch.path };
  const expected = golden[manner]!;
  const words = ["--redpath", leaf, ...golden.options];
  const dumped = start([REDWRAP, ...words, "--dump-only", "/probe"], launcher).end();
  if (!isRoot || golden.unlaunched !== undefined || isSeen(golden, manner)) return compareDump(await dumped, expected);
  await using launch = start([REDWRAP, ...words, "/probe"], launcher);
  compareDump(await dumped, expected);
  await compareLaunch(launch, golden, expected, manner === "compat");
}

/** Equal dumps and facts are equal launches but for the ids, which are the same in all of these: the first shows it. */
function isSeen({ strict, compat }: GoldenCase, manner: "strict" | "compat"): boolean {
  if (manner === "strict" || strict?.dump === undefined) return false;
  return strict.dump === compat?.dump && JSON.stringify(strict.facts) === JSON.stringify(compat.facts);
}

function compareDump(ended: Ended, { dump, error, warnings }: Expected): void {
  if (error !== undefined) return compareRefusal(ended, error);
  assert.equal(ended.code, 0, ended.stderr);
  const [, ...told] = ended.stderr.split(/^redpak: /m);
  assert.equal(told.length, warnings.length, ended.stderr);
  warnings.forEach((part, at) => {
    assert(told[at]!.startsWith("warning: ") && told[at]!.includes(part), `"${part}" is not in "${told[at]}"`);
  });
  assert.equal(ended.stdout, `DUMP: /usr/bin/bwrap (as ${REDWRAP})\n${dump!.slice(0, -1)} /probe\n`);
}

async function compareLaunch(launch: Launch, golden: GoldenCase, expected: Expected, hostIds: boolean): Promise<void> {
  const refusal = expected.error ?? expected.failure;
  if (refusal !== undefined) return compareRefusal(await launch.end(), refusal);
  const sandbox = await launch.sandbox();
  const { REDPAK_COMPAT: _, ...environment } = launch.environment;
  observe(sandbox, expected.dump!, expected.facts, { environment, directory: golden.directory, hostIds });
  // That the program dies with its supervisor is seen last.
  Deno.kill(sandbox.supervisor, "SIGKILL");
  await launch.over(sandbox.supervisor);
  await launch.over(sandbox.program);
}

function compareRefusal(ended: Ended, { status, parts }: Refusal): void {
  assert.deepEqual([ended.code, ended.stdout], [status, ""], ended.stderr);
  for (const part of parts) assert(ended.stderr.includes(part), `"${part}" is not in\n${ended.stderr}`);
}
