/**
 * Everything: the checks and unit tests of `deno task ok`, the build, and the tests of the built binary, on this machine
 * and in a virtual one.
 *
 * The virtual machines run beside all the rest, and their output comes last. Goes on after a failure, and ends with the sum
 * of all test runs: `N passed, N failed`. A check that is no test run, such as formatting, counts as one.
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

/** @param print gets the output: of a step that runs beside others when it has ended, so that nothing is mixed. */
async function step(name: string, command: readonly string[], print: (text: string) => void = write): Promise<Tally> {
  print(`\n── ${name}: ${command.join(" ")}\n`);
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: print === write ? "inherit" : "piped",
  }).spawn();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      print(text);
    }
  };
  await Promise.all([read(child.stdout), print === write ? undefined : read(child.stderr)]);
  const result = tally(output, (await child.status).success);
  if (result.failed > 0) print(`── ${name}: failed\n`);
  return result;
}

function write(text: string): void {
  for (let bytes = new TextEncoder().encode(text); bytes.length > 0;) {
    bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  }
}

/** Begins a step whose output waits until it is asked for. */
export function beside(name: string, command: readonly string[], print = write): () => Promise<Tally> {
  let output = "";
  const running = step(name, command, (text) => output += text);
  return async () => {
    const result = await running;
    print(output);
    return result;
  };
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url);
  Deno.chdir(root);
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  const task = (name: string) => ["deno", "task", "--quiet", name];
  let total: Tally = { passed: 0, failed: 0 };
  const add = (more: Tally) => total = { passed: total.passed + more.passed, failed: total.failed + more.failed };

  const built = await step("build", ["scripts/build"]);
  add(built);
  // A virtual machine is one busy processor for as long as everything else takes, and sees nothing of it.
  const machines = built.failed === 0 ? beside("test:vm", task("test:vm")) : undefined;
  for (const name of tasks.ok.dependencies as string[]) add(await step(name, task(name)));
  for (const name of ["test:system", "test:security", "test:rpm"]) {
    if (built.failed === 0) add(await step(name, task(name)));
    else console.log(`── ${name}: not run, there is no binary`);
  }
  if (machines !== undefined) add(await machines());
  else console.log("── test:vm: not run, there is no binary");

  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) Deno.exit(1);
}
