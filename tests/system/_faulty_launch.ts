/**
 * `_faulty_launch.ts PLAN STAGE RECORDS CALL ERRNO FIRST LAST`: launches a node as `redpak run` does, with the FIRST use of
 * a system call failing; where that stops the launch, with the next one, up to the LAST. With KILL for the errno, the
 * process ends in that use. A subprocess of fault_test.ts and _killed.ts.
 * Says on standard error which uses have failed, and what came of it; a launch that succeeds is the last, for this process
 * has become the node's supervisor then.
 */
import { AT_FDCWD, CLONE, MS, O } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { intercept, type Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../src/core/error.ts";
import { launch } from "../../src/launch/launch.ts";
import { recordLaunch } from "../../src/launch/record_launch.ts";
import { planFromJson } from "../../src/plan/json.ts";

/** What became of a launch with a fault in it. */
export interface Attempted {
  /** Counted from 1. */
  readonly use: number;
  /** `absent`: there are not so many uses; `launched`: the rest of the output is the node's. */
  readonly result: "refused" | "crashed" | "launched" | "absent";
  readonly message?: string;
  readonly hints?: readonly string[];
  /** What the launch has left, in words. */
  readonly left?: readonly string[];
}

/** The launch is ready, and the use that was to fail has not come. */
class Absent extends Error {}

function main([planFile = "", stageFile = "", records = "", call = "", errno = "", first = "", last = ""]: string[]) {
  const kernel = libc();
  const plan = planFromJson(JSON.parse(Deno.readTextFileSync(planFile)));
  const stage = Deno.readFileSync(stageFile);
  // Once in a mount namespace of its own, this thread can come back to it (setns(2), EINVAL).
  kernel.unshare(CLONE.NEWNS);
  kernel.mount(null, "/", null, MS.REC | MS.PRIVATE, null);
  const home = kernel.openat(AT_FDCWD, "/proc/self/ns/mnt", O.RDONLY | O.CLOEXEC, 0);
  const tell = (attempted: Attempted) => console.error(`fault ${JSON.stringify(attempted)}`);
  const isForGood = last === "ever";
  for (let use = Number(first); isForGood ? use === Number(first) : use <= Number(last); use++) {
    let uses = 0;
    const faulty = intercept(kernel, (name, _, proceed) => {
      if (name === call && (++uses === use || isForGood && uses > use)) {
        if (errno === "KILL") Deno.kill(Deno.pid, "SIGKILL");
        throw new SystemCallError(name, errno);
      }
      if (name !== "execveat") return proceed();
      if (uses < use) throw new Absent();
      tell({ use, result: "launched" });
      return proceed();
    });
    try {
      const record = recordLaunch(faulty, { plan, basis: { altered: false, files: [], nodes: [] } }, records);
      launch(plan, { stage, kernel: faulty, record });
    } catch (error) {
      kernel.setns(home, CLONE.NEWNS);
      if (error instanceof Absent) return tell({ use, result: "absent" });
      const result = error instanceof RedpakError ? "refused" : "crashed";
      tell({
        use,
        result,
        message: String(error instanceof Error ? error.message : error),
        hints: error instanceof RedpakError ? error.hints : [],
        left: left(kernel, records),
      });
    }
  }
}

function left(kernel: Kernel, records: string): string[] {
  const children = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/children`).trim();
  const files = [...Deno.readDirSync(records)].map(({ name }) => name);
  kernel.umask(0o022);
  return [...children === "" ? [] : [`child ${children}`], ...files.map((name) => `record ${name}`)];
}

if (import.meta.main) main(Deno.args);
