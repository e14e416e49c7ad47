/**
 * How long machines take to have all nodes ready: `deno task bench:boot [NUMBER…]`, of nodes (default: 1 10 50).
 *
 * They are emulated ones, tens of times slower than a device, so that figures can be compared with each other only: what more nodes
 * cost, and by which init. Times are seconds since the kernel was started.
 */
import { bootNodes, type Init, systemdMissing } from "../vm/_boot.ts";
import { reasonToSkip } from "../vm/_rig.ts";

const numbers = Deno.args.length > 0 ? Deno.args.map(Number) : [1, 10, 50];
const reason = await reasonToSkip();
if (reason !== undefined) throw new Error(reason);

console.log("init     nodes  first  last   each");
for (const init of ["busybox", "systemd"] as const satisfies readonly Init[]) {
  const missing = init === "systemd" ? systemdMissing() : undefined;
  if (missing !== undefined) {
    console.log(`${init}: skipped: ${missing}`);
    continue;
  }
  for (const count of numbers) {
    const { ready, lines } = await bootNodes(init, count, "");
    if (ready.size !== count) {
      throw new Error(`${ready.size} of ${count} nodes are ready:\n${lines.slice(-20).join("\n")}`);
    }
    const times = [...ready.values()].sort((a, b) => a - b);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    const each = count > 1 ? ((last - first) / (count - 1)).toFixed(2) : "";
    console.log(
      [init.padEnd(8), String(count).padEnd(6), first.toFixed(2).padEnd(6), last.toFixed(2).padEnd(6), each].join(" ")
        .trimEnd(),
    );
  }
}
