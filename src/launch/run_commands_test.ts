import assert from "node:assert/strict";
import type { PendingCommand } from "../config/merged.ts";
import { RedpakError } from "../core/error.ts";
import { runCommands, type RunCommandsOptions } from "./run_commands.ts";

const WHERE = { file: "/node/etc/redpak.yaml", line: 3, column: 7 };
const ENV = { PATH: "/usr/bin:/bin" };

async function run(command: string, options: Partial<RunCommandsOptions> = {}): Promise<string | undefined> {
  const pending: PendingCommand = { command, use: "export", where: WHERE };
  return (await runCommands([pending], { environment: ENV, ...options })).get(command);
}

async function failure(command: string, options: Partial<RunCommandsOptions> = {}): Promise<RedpakError> {
  try {
    await run(command, options);
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    assert.equal(error.code, "E_COMMAND");
    assert.equal(error.exit, 3);
    assert.deepEqual(error.where, WHERE);
    return error;
  }
  throw new Error(`${command} did not fail`);
}

Deno.test("the output of a command is kept as it is", async () => {
  assert.equal(await run("echo ' a  b'; echo"), " a  b\n\n");
});

Deno.test("a text that occurs twice runs once", async () => {
  const pending: PendingCommand = { command: "echo $RANDOM$RANDOM$RANDOM", use: "environ", where: WHERE };
  const outputs = await runCommands([pending, { ...pending, use: "export" }], { environment: ENV });
  assert.equal(outputs.size, 1);
});

Deno.test("commands have no privileges: another user, no groups, no capabilities, no_new_privs", async () => {
  const status = await run("cat /proc/self/status") ?? "";
  assert.match(status, /^NoNewPrivs:\s*1$/m);
  assert.match(status, /^CapEff:\s*0+$/m);
  assert.doesNotMatch(status, /^Uid:\s*0\b/m);
  assert.match(status, /^Groups:\s*$/m);
});

Deno.test("commands get the given environment and nothing else, least of all for the dynamic loader", async () => {
  const output = await run("env", { environment: { PATH: "/usr/bin", A: "1", LD_PRELOAD: "/evil.so" } }) ?? "";
  const names = output.split("\n").filter((line) => line !== "").map((line) => line.split("=")[0]).sort();
  assert.deepEqual(names, ["A", "PATH", "PWD", "SHLVL", "_"]);
});

Deno.test("commands start in / and read nothing", async () => {
  assert.equal(await run("pwd; cat"), "/\n");
});

Deno.test("the shell is restricted", async () => {
  assert.match((await failure("cd /tmp")).hints.join("\n"), /restricted/);
});

Deno.test("a command that fails is an error with its status and what it said", async () => {
  const error = await failure("echo out; echo first >&2; echo second >&2; exit 3");
  assert.equal(error.message, 'Cannot run "echo out; echo first >&2; echo second >&2; exit 3": it ended with status 3');
  assert.deepEqual(error.hints, ["it said: first", "it said: second"]);
});

Deno.test("a command that is killed is an error with the signal", async () => {
  assert.match((await failure("kill -TERM $$")).message, /killed by SIGTERM/);
});

Deno.test("a command that takes too long is killed with all its processes", async () => {
  const error = await failure("sleep 1000 & sleep 1000", { timeLimit: 100 });
  assert.match(error.message, /longer than 0.1 s/);
});

Deno.test("a background process that keeps the output open does not outlive the time limit", async () => {
  assert.match((await failure("sleep 1000 &", { timeLimit: 100 })).message, /longer than/);
});

Deno.test("a process that has left for a session of its own neither outlives the command nor holds it up", async () => {
  const marker = `31.${Math.trunc(Math.random() * 1e9)}`;
  assert.equal(await run(`setsid sh -c 'exec sleep ${marker} >/dev/null 2>&1' & echo out`), "out\n");
  assert.match((await failure(`setsid sleep ${marker} & echo out`, { timeLimit: 300 })).message, /longer than/);
  assert.equal(await run(`pgrep -f "[s]leep ${marker}" || true`), "");
});

Deno.test("the caller's environment has no code run before a command", async () => {
  const file = Deno.makeTempFileSync({ prefix: "redpak-test-" });
  try {
    Deno.writeTextFileSync(file, "echo injected\n");
    Deno.chmodSync(file, 0o644);
    const environment = {
      ...ENV,
      BASH_ENV: file,
      ENV: file,
      "BASH_FUNC_id%%": "() { echo injected; }",
      SHELLOPTS: "xtrace",
    };
    assert.doesNotMatch(await run("id; env", { environment }) ?? "", /injected|BASH_|SHELLOPTS/);
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("a command that prints too much is killed", async () => {
  const error = await failure("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxx; done", { sizeLimit: 100 });
  assert.match(error.message, /more than 100 bytes/);
});

Deno.test("output of exactly the size limit is not too much", async () => {
  assert.equal(await run("printf %0100d 0", { sizeLimit: 100 }), "0".repeat(100));
});
