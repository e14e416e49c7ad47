import assert from "node:assert/strict";
import { BPF } from "../../ffi/libc/constants.ts";
import { recordingKernel } from "../../ffi/libc/recording_kernel.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { type BpfAttributes, intercept, type Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { compileDeviceFilter } from "../plan/device_filter/compile.ts";
import { readRule } from "../plan/device_filter/rule.ts";
import type { Operation } from "../plan/operation.ts";
import { applyDeviceFilter, countDeviceFilters, type TakenDevices } from "./device_filter.ts";

const DEVICE: Operation<"device"> = {
  operation: "device",
  phase: "host",
  source: { path: "/dev/x" },
  destination: "/dev/x",
  access: "w",
  uid: 0,
  gid: 0,
  optional: false,
};
const TAKEN: TakenDevices = new Map([[DEVICE, { kind: "block", major: 8, minor: 1 }]]);

/** A kernel whose standard descriptors are of no device, and what it was given in bpf(2). */
function fakeKernel(answer: (command: number) => number) {
  const given: { command: number; attributes: BpfAttributes | Uint8Array; size: number }[] = [];
  const kernel: Kernel = intercept(recordingKernel({}).kernel, (name, args, proceed) => {
    if (name === "statx") return 0;
    if (name !== "bpf") return proceed();
    const [command, attributes, size] = args as Parameters<Kernel["bpf"]>;
    given.push({ command, attributes, size });
    return answer(command);
  });
  return { kernel, given };
}

function apply(kernel: Kernel, optional: boolean, group: number | "none" = 7): RedpakError | undefined {
  const filter: Operation = { operation: "device-filter", phase: "host", rules: ["char 1:3 rw"], optional };
  const operations = [DEVICE, filter];
  const plan = { version: 1, node: "/n", alias: "n", admin: false, pending: [], warnings: [], operations } as const;
  try {
    applyDeviceFilter(kernel, plan, group === "none" ? undefined : group, TAKEN);
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    return error;
  }
}

Deno.test("the group gets the rules of the plan and the numbers of the devices, beside the filters above it", () => {
  const { kernel, given } = fakeKernel((command) => command === BPF.PROG_LOAD ? 9 : 0);
  assert.equal(apply(kernel, false), undefined);
  const program = compileDeviceFilter(["char 1:3 rw", "block 8:1 w"].map(readRule));
  const [load, attach] = given;
  assert.deepEqual([load?.command, load?.size], [BPF.PROG_LOAD, 64]);
  assert.deepEqual(Object.values(load?.attributes ?? {}).slice(0, 3), [
    BPF.PROG_TYPE_CGROUP_DEVICE + program.length / 8 * 2 ** 32,
    program,
    "Apache-2.0",
  ]);
  assert.deepEqual(attach, {
    command: BPF.PROG_ATTACH,
    attributes: { group_and_program: 7 + 9 * 2 ** 32, type_and_flags: BPF.CGROUP_DEVICE + 2 * 2 ** 32 },
    size: 16,
  });
});

Deno.test("a filter that is needed and cannot be had stops the launch, whichever call fails; one that is not does not", () => {
  for (const failing of [BPF.PROG_LOAD, BPF.PROG_ATTACH]) {
    for (const errno of ["EINVAL", "EPERM", "ENOSYS", "ENOMEM"]) {
      const { kernel } = fakeKernel((command) => {
        if (command === failing) throw new SystemCallError("bpf", errno);
        return 9;
      });
      const error = apply(kernel, false);
      assert.equal(error?.code, "E_DEVICE_FILTER");
      assert.match(error.message, new RegExp(`^Cannot limit the devices of "/n": .* \\(${errno}\\)$`));
      assert.equal(apply(kernel, true), undefined);
    }
  }
  const { kernel, given } = fakeKernel(() => 9);
  assert.equal(apply(kernel, false, "none")?.code, "E_DEVICE_FILTER");
  assert.equal(apply(kernel, true, "none"), undefined);
  assert.deepEqual(given, []);
});

Deno.test("the number of filters is what the kernel says, if it does", () => {
  const { kernel, given } = fakeKernel(() => 0);
  assert.equal(countDeviceFilters(kernel, 7), 0);
  assert.deepEqual(given[0]?.attributes, Uint8Array.from([7, 0, 0, 0, BPF.CGROUP_DEVICE, ...Array(27).fill(0)]));
  const denied = fakeKernel(() => {
    throw new SystemCallError("bpf", "EPERM");
  });
  assert.equal(countDeviceFilters(denied.kernel, 7), undefined);
});
