import assert from "node:assert/strict";
import { checksum } from "../../src/core/checksum.ts";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { BINARY_FORMAT } from "../../src/plan/binary_format.ts";
import { HOST_PHASE, planOf, stage } from "./_staged_node.ts";

const PLAN = planOf({
  program: ["true"],
  mounts: [
    { operation: "procfs", destination: "/proc", onlyPids: false },
    { operation: "protect", destination: "/proc/sys" },
    {
      operation: "tmpfs",
      destination: "/tmp",
      mode: 0o755,
      uid: 0,
      gid: 0,
      options: ["nosuid"],
      size: 4096n,
      inodes: 9,
    },
  ],
});

/**
 * The exit codes of stages with these plans. With `prepare` there is a new root for each, and the caller's is read-only:
 * a plan that lost its `pivot-root` works on it.
 */
async function codesOf(plans: readonly Uint8Array[], prepare: boolean): Promise<number[]> {
  const directory = Deno.makeTempDirSync({ prefix: "redpak-stage-" });
  try {
    Deno.mkdirSync(`${directory}/root`);
    plans.forEach((plan, index) => {
      Deno.writeFileSync(`${directory}/${index}`, attachPlan(stage(), plan), { mode: 0o755 });
    });
    const script = `i=0; while [ $i -lt ${plans.length} ]; do
      unshare -mnui --propagation private sh -c '${
      prepare ? `${HOST_PHASE} mount -o remount,bind,ro / &&` : ""
    } exec timeout -s KILL 120 "$2"' sh "$1/root" "$1/$i" 2>/dev/null
      echo $?; i=$((i+1)); done`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "sh", directory] }).output();
    return new TextDecoder().decode(stdout).trim().split("\n").map(Number);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function test(claim: string, body: () => Promise<void>): void {
  const ignore = Deno.uid() !== 0;
  if (ignore) console.warn(`skipped, needs root: ${claim}`);
  Deno.test({ name: claim, ignore, fn: body });
}

/** The same plan with the checksum of its bytes, as who makes it on purpose would give it. */
function summed(plan: Uint8Array): Uint8Array {
  const { checksumOffset, headerSize } = BINARY_FORMAT;
  const copy = plan.slice();
  if (copy.length >= headerSize) {
    new DataView(copy.buffer).setUint32(checksumOffset, checksum(copy, checksumOffset), true);
  }
  return copy;
}

/** The same plan with another size in its header. */
function withSize(plan: Uint8Array, size: number): Uint8Array {
  const copy = plan.slice();
  if (copy.length >= 16) new DataView(copy.buffer).setUint32(12, size, true);
  return summed(copy);
}

test("the undamaged plan runs", async () => {
  assert.deepEqual(await codesOf([PLAN], true), [0]);
});

test("a plan that ends anywhere too early is refused, whatever size it claims", async () => {
  const plans = [];
  for (let length = 1; length < PLAN.length; length++) {
    const cut = PLAN.slice(0, length);
    plans.push(summed(cut));
    if (length % 4 === 0) plans.push(withSize(cut, length));
  }
  assert.deepEqual(new Set(await codesOf(plans, false)), new Set([125]));
});

test("a plan with something behind its end is refused", async () => {
  const longer = new Uint8Array(PLAN.length + 4);
  longer.set(PLAN);
  assert.deepEqual(await codesOf([summed(longer), withSize(longer, longer.length)], false), [125, 125]);
});

test("a plan with a flipped bit is refused, wherever that is", async () => {
  // One bit of each word: the checksum is one of words (core/checksum.ts).
  const plans = Array.from({ length: PLAN.length / 4 }, (_, word) => {
    const place = 4 * word + word % 4;
    return PLAN.with(place, PLAN[place]! ^ 1 << word % 8);
  });
  assert.deepEqual(new Set(await codesOf(plans, true)), new Set([125]));
});

test("a plan with a flipped bit and the right checksum runs or fails, it never crashes or hangs", async () => {
  let state = 20_240_607; // xorshift: the same bits each time
  const plans = Array.from({ length: 400 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const bit = (state >>> 0) % (PLAN.length * 8);
    const plan = PLAN.slice();
    plan[bit >> 3]! ^= 1 << (bit & 7);
    return summed(plan);
  });
  const codes = new Set(await codesOf(plans, true));
  assert.deepEqual([...codes].filter((code) => ![0, 125, 126, 127].includes(code)), []);
  assert.ok(codes.has(0) && codes.has(125));
});
