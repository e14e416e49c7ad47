/**
 * Everything: the checks and unit tests of `deno task ok`, the build, and the tests of the built binary, on this machine
 * and in a virtual one.
 *
 * Goes on after a failure, and ends with the sum of all test runs: `N passed, N failed`. A check that is no test run, such
 * as formatting, counts as one.
 */

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Tests counted in the output of one command. The exit status has the last word: a command that failed counts at least one
 * failure, whatever it printed, and one that ran no test counts as one.
 */
export function tally(output: string, success: boolean): Tally {
  let [passed, failed, runs] = [0, 0, 0];
  for (const line of output.matchAll(/^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm)) {
    runs++;
    passed += Number(line[1]);
    failed += Number(line[2]);
  }
  if (!success) return { passed, failed: Math.max(failed, 1) };
  return runs === 0 ? { passed: 1, failed } : { passed, failed };
}

async function step(name: string, command: readonly string[]): Promise<Tally> {
  console.log(`\n── ${name}: ${command.join(" ")}`);
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
  const result = tally(output, (await child.status).success);
  if (result.failed > 0) console.log(`── ${name}: failed`);
  return result;
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url);
  Deno.chdir(root);
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  let total: Tally = { passed: 0, failed: 0 };
  const add = (more: Tally) => total = { passed: total.passed + more.passed, failed: total.failed + more.failed };

  for (const task of tasks.ok.dependencies as string[]) add(await step(task, ["deno", "task", "--quiet", task]));
  const built = await step("build", ["scripts/build"]);
  add(built);
  for (const task of ["test:system", "test:security", "test:rpm", "test:vm"]) {
    if (built.failed === 0) add(await step(task, ["deno", "task", "--quiet", task]));
    else console.log(`── ${task}: not run, there is no binary`);
  }

  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) Deno.exit(1);
}
