/**
 * `_killed.ts stage UID LAUNCHER LOG`, `_killed.ts sealed LAUNCHER LOG REDPAK` and `_killed.ts launcher PLAN STAGE REDPAK`:
 * kills a launch at each use of each of its system calls, and looks at what it leaves. A subprocess of killed_test.ts, in namespaces of its own. Prints what is
 * wrong, a line each.
 */
import { SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import { leftSince, lookAtMachine, type Machine } from "./_alone.ts";
import { callsOf, isChosen, MOST } from "./_faults.ts";
import type { Attempted } from "./_faulty_launch.ts";
import { groupsOf } from "./_groups.ts";
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

let leftGroups = 0;

/**
 * What the next command does not clean.
 *
 * @param file in the scratch directory of the node
 */
async function leftAfterNext(before: Machine, redpak: string, file: string): Promise<string[]> {
  const directory = file.slice(0, file.lastIndexOf("/"));
  if (groupsOf(directory).length > 0) leftGroups++;
  const isRecorded = [...Deno.readDirSync(RECORDS)].length > 0;
  const { code, stderr } = isRecorded ? exec(redpak, ["ps"], { cwd: "/" }) : { code: 0, stderr: "" };
  return [
    ...code === 0 ? [] : [`ps: ${stderr}`],
    ...groupsOf(directory).map((group) => `group ${group}`),
    ...await leftSince(before),
  ];
}

async function killStage(uid: number, launcher: string, log: string, redpak?: string): Promise<void> {
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
      const left = redpak === undefined ? leftSince(before) : leftAfterNext(before, redpak, launcher);
      for (const each of await left) complain(`${fault}: ${each}`);
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
      for (const left of await leftAfterNext(before, redpak, plan)) complain(`${name} ${use}: ${left}`);
    }
  }
}

if (import.meta.main) {
  const [mode, ...args] = Deno.args as [string, string, string, string];
  if (mode === "launcher") await killLauncher(args[0], args[1], args[2]);
  else if (mode === "sealed") {
    Deno.mkdirSync(RECORDS, { mode: 0o700 });
    await killStage(0, args[0], args[1], args[2]);
  } else await killStage(Number(args[0]), args[1], args[2]);
  console.log(`${kills} kills\n${leftGroups} left groups`);
}
