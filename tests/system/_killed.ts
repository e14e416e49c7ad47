/**
 * `_killed.ts stage UID LAUNCHER LOG` and `_killed.ts launcher PLAN STAGE REDPAK`: kills a launch at each use of each of its
 * system calls, and looks at what it leaves. A subprocess of killed_test.ts, in namespaces of its own. Prints what is
 * wrong, a line each.
 */
import { SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import { leftSince, lookAtMachine } from "./_alone.ts";
import { callsOf, isChosen, MOST } from "./_faults.ts";
import type { Attempted } from "./_faulty_launch.ts";
import { exec } from "./_node.ts";

const RECORDS = "/run/redpak";
let kills = 0;

/** What is left is waited for each time: a few times tell as much as all. */
const ENOUGH = 5;
let complaints = 0;

function complain(what: string): void {
  console.log(`wrong: ${what}`);
  if (++complaints === ENOUGH) Deno.exit();
}

async function killStage(uid: number, launcher: string, log: string): Promise<void> {
  const user = uid === 0 ? [] : ["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
  const run = (...options: string[]) => {
    Deno.writeTextFileSync(log, "");
    Deno.chmodSync(log, 0o666);
    const args = [...user, "strace", "-f", "-qq", "-o", log, ...options, launcher];
    return exec("timeout", ["-s", "KILL", "120", ...args], { cwd: "/" });
  };
  run();
  const calls = callsOf(Deno.readTextFileSync(log));
  const before = lookAtMachine();
  for (const [name, count] of calls) {
    for (let when = 1; isChosen(name) && when <= Math.min(count, MOST); when++) {
      const fault = `inject=${name}:signal=KILL:when=${when}`;
      run("-e", `trace=${name}`, "-e", fault);
      kills++;
      for (const left of await leftSince(before)) complain(`${fault}: ${left}`);
    }
  }
}

async function killLauncher(plan: string, stage: string, redpak: string): Promise<void> {
  const script = new URL("_faulty_launch.ts", import.meta.url).pathname;
  Deno.mkdirSync(RECORDS, { mode: 0o700 });
  const before = lookAtMachine();
  for (const name of Object.keys(SYSTEM_CALLS).filter(isChosen)) {
    for (let use = 1; use <= MOST; use++) {
      const range = [String(use), String(use)];
      const { stderr } = exec(Deno.execPath(), [
        ...["run", "-q", "--no-check", "-A", script, plan, stage, RECORDS, name, "KILL", ...range],
      ], { cwd: "/" });
      const said = /^fault (.*)$/m.exec(stderr)?.[1];
      if (said !== undefined && (JSON.parse(said) as Attempted).result === "absent") break;
      kills++;
      // The next command cleans.
      const { code, stderr: complaint } = exec(redpak, ["ps"], { cwd: "/" });
      if (code !== 0) complain(`${name} ${use}: ps: ${complaint}`);
      for (const left of await leftSince(before)) complain(`${name} ${use}: ${left}`);
    }
  }
}

if (import.meta.main) {
  const [mode, ...args] = Deno.args as [string, string, string, string];
  if (mode === "stage") await killStage(Number(args[0]), args[1]!, args[2]!);
  else await killLauncher(args[0], args[1]!, args[2]!);
  console.log(`${kills} kills`);
}
