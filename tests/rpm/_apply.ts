/**
 * `_apply.ts NODE STEPS [MESSAGE]`: changes a node as whoever runs this. When the worker says its n-th message, it is
 * stopped, so that it cannot come to its end, and this is killed.
 */
import { REDPAK } from "../system/_node.ts";
import { apply, HOST, packages } from "./_transaction.ts";

/** Processes of the worker, also those that stand between it and this one. */
function workers(): number[] {
  const { stdout } = new Deno.Command("pgrep", { args: ["-f", `${REDPAK} transact`] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean).map(Number);
}

if (import.meta.main) {
  const [node = "", steps = "", when = "0"] = Deno.args;
  let count = 0;
  await apply(node, JSON.parse(steps), {}, {
    ...HOST,
    runWorker: (job, onLine) =>
      HOST.runWorker(job, (line) => {
        if (++count === Number(when)) {
          for (const pid of workers()) Deno.kill(pid, "SIGSTOP");
          Deno.kill(Deno.pid, "SIGKILL");
        }
        return onLine(line);
      }),
  });
  console.log(packages(node).join(" "));
}
