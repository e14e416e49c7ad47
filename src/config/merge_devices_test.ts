import { deepEqual } from "node:assert/strict";
import type { Problem } from "../core/error.ts";
import { nestNodes } from "./_fixtures.ts";
import type { DeviceEntry } from "./device.ts";
import { mergeDevices } from "./merge_devices.ts";
import { visitNodes } from "./merge_visit.ts";

/** @param lists of the nodes, the leaf first */
function merge(...lists: DeviceEntry[][]) {
  const family = nestNodes(lists.map((devices) => ({ normal: { config: { devices } } })));
  const context = { problems: [] as Problem[], warnings: [] as Problem[] };
  const devices = mergeDevices(visitNodes(family, true), context).map(({ value }) => `${value.path} ${value.access}`);
  return { devices, codes: [...context.problems, ...context.warnings].map(({ code }) => code) };
}

Deno.test("a child has the devices of its parents, each as the nearest file has it", () => {
  const parent: DeviceEntry[] = [{ path: "/dev/b", access: "rw" }, { path: "/dev/a", access: "rw" }];
  deepEqual(merge([{ path: "/dev/b", access: "r" }], parent), { devices: ["/dev/a rw", "/dev/b r"], codes: [] });
  deepEqual(merge([{ path: "/dev/a", access: "none" }], parent).devices, ["/dev/a none", "/dev/b rw"]);
});

Deno.test("a device stands in one file once, and a warning comes with what replaces it", () => {
  const [read, both]: DeviceEntry[] = [{ path: "/dev/a", access: "r" }, { path: "/dev/a", access: "rw", warn: "!" }];
  if (read === undefined || both === undefined) return;
  deepEqual(merge([read, both]).codes, ["E_DEFINED_TWICE"]);
  deepEqual(merge([read, read]).codes, ["W_DEFINED_TWICE"]);
  deepEqual(merge([read], [both]).codes, ["W_REDEFINED"]);
});
