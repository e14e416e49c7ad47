import assert from "node:assert/strict";
import { BPF } from "../../ffi/libc/constants.ts";
import { recordingKernel } from "../../ffi/libc/recording_kernel.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { type BpfAttributes, intercept, type Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { compileDeviceFilter } from "../plan/device_filter/compile.ts";
import { placeRule, readRule } from "../plan/device_filter/rule.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { applyDeviceFilter, readDeviceFilters, tagOfDeviceFilter, type TakenDevices } from "./device_filter.ts";

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

function planWith(filter: Operation<"device-filter">): Plan {
  const operations = [DEVICE, filter];
  return { version: 1, node: "/n", alias: "n", admin: false, pending: [], warnings: [], operations };
}

function apply(kernel: Kernel, optional: boolean, group: number | "none" = 7): RedpakError | undefined {
  const plan = planWith({ operation: "device-filter", phase: "host", rules: ["char 1:3 rw"], optional });
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
  // Descriptors of no device keep their places, so that a launcher can be sealed with the same program.
  const program = compileDeviceFilter([
    ...["char 1:3 rw", "block 8:1 w"].map(readRule),
    ...[0, 1, 2].map(placeRule),
  ]);
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

Deno.test("the filters of a group are told by their tags, those of the plan by that of an equal program", () => {
  const content = (text: string, fd: number) =>
    Uint8Array.from(`prog_type:\t15\nprog_tag:\t${text}${fd}\nprog_id:\t7\n`, (c) => c.charCodeAt(0));
  const opened = new Map<number, string>();
  let next = 20;
  const { kernel, given } = fakeKernel((command) => {
    if (command !== BPF.PROG_QUERY) {
      return command === BPF.PROG_LOAD ? 9 : 100 + (given.at(-1)?.attributes as { id: number }).id;
    }
    const { ids } = given.at(-1)?.attributes as { ids: Uint8Array };
    ids.set([5, 0, 0, 0, 6]);
    return 0;
  });
  const withFiles = intercept(kernel, (name, args, proceed) => {
    if (name === "openat") return opened.set(next, String(args[1])), next++;
    if (name !== "read") return proceed();
    const fd = Number(/fdinfo\/(\d+)$/.exec(opened.get(Number(args[0])) ?? "")?.[1] ?? 0);
    opened.delete(Number(args[0]));
    if (fd === 0) return 0;
    const bytes = content("a", fd);
    (args[1] as Uint8Array).set(bytes);
    return bytes.length;
  });
  assert.deepEqual(readDeviceFilters(withFiles, 7), ["a105", "a106"]);
  const { group_and_type } = given[0]?.attributes as { group_and_type: number };
  assert.equal(group_and_type, 7 + BPF.CGROUP_DEVICE * 2 ** 32);
  const plan = planWith({ operation: "device-filter", phase: "host", rules: ["char 1:3 rw"], optional: true });
  assert.equal(tagOfDeviceFilter(withFiles, plan, TAKEN, []), "a9");
  assert.deepEqual(
    (given.at(-1)?.attributes as { instructions: Uint8Array }).instructions,
    compileDeviceFilter([...["char 1:3 rw", "block 8:1 w"].map(readRule), ...[0, 1, 2].map(placeRule)]),
  );
  const denied = fakeKernel(() => {
    throw new SystemCallError("bpf", "EPERM");
  });
  assert.equal(readDeviceFilters(denied.kernel, 7), undefined);
  assert.equal(tagOfDeviceFilter(denied.kernel, plan, TAKEN, []), undefined);
});
