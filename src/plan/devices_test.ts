import { deepEqual } from "node:assert/strict";
import type { DeviceEntry } from "../config/device.ts";
import { all, BASE, failure, plan } from "./_fixtures.ts";

const DEVFS = [{ mode: "Devfs", mount: "/dev", path: "/dev" }] as const;
const ORIGIN = { file: "/n/etc/redpak.yaml", line: 1, column: 1 };

function launch(devices: readonly DeviceEntry[], exports: Parameters<typeof plan>[0] = { exports: DEVFS }, uid = 0) {
  return plan({ ...exports, devices }, { facts: { uid, gid: uid } });
}

function refusals(...parameters: Parameters<typeof launch>) {
  const error = failure(() => launch(...parameters));
  return error.problems.length > 0 ? error.problems.map(({ code }) => code) : [error.code];
}

Deno.test("root makes device nodes that belong to the node", () => {
  const made = launch([{ path: "/dev/bus/usb/1", access: "r", optional: true }, { path: "/dev/x", access: "none" }]);
  deepEqual(all(made, "device"), [{
    operation: "device",
    phase: "host",
    origin: ORIGIN,
    source: { path: "/dev/bus/usb/1" },
    destination: "/dev/bus/usb/1",
    access: "r",
    uid: BASE,
    gid: BASE,
    optional: true,
  }]);
});

Deno.test("for a user they are binds of the host's, which have to be devices and are not nodev", () => {
  const made = launch([{ path: "/dev/x", access: "rw" }], { exports: DEVFS }, 1000);
  deepEqual(all(made, "bind").filter(({ isDevice }) => isDevice), [{
    operation: "bind",
    phase: "init",
    origin: ORIGIN,
    source: { path: "/dev/x" },
    destination: "/dev/x",
    options: ["nosuid", "noexec"],
    optional: false,
    isFile: false,
    isDevice: true,
  }]);
});

Deno.test("every Devfs has them, wherever it is", () => {
  const exports = ["/a", "/dev"].map((mount) => ({ mode: "Devfs", mount, path: mount }) as const);
  const made = launch([{ path: "/dev/x", access: "rw" }], { exports });
  deepEqual(all(made, "device").map(({ destination }) => destination), ["/a/x", "/dev/x"]);
});

Deno.test("devices without a Devfs, those that every Devfs has, and those that nobody could make are refused", () => {
  const x: DeviceEntry = { path: "/dev/x", access: "rw" };
  deepEqual(refusals([x], {}), ["E_DEVICE_PLACE"]);
  for (const path of ["/dev/null", "/dev/pts/0", "/dev/shm/x", "/dev/console", "/dev/stdin"]) {
    deepEqual(refusals([{ path, access: "rw" }]), ["E_DEVICE_STANDARD"], path);
  }
  const inProc = [{ mode: "Procfs", mount: "/proc", path: "/proc" }, {
    mode: "Devfs",
    mount: "/proc/d",
    path: "/x",
  }] as const;
  deepEqual(refusals([x], { exports: inProc }), ["E_DEVICE_PLACE"]);
});

Deno.test("a user's node has no narrower access than the user", () => {
  for (const access of ["r", "w"] as const) {
    deepEqual(refusals([{ path: "/dev/x", access }], { exports: DEVFS }, 1000), ["E_NOT_PERMITTED"]);
  }
  launch([{ path: "/dev/x", access: "none" }], {}, 1000);
});

Deno.test("the filter is needed where access is narrowed, and where a node could make device nodes by itself", () => {
  const rw: DeviceEntry = { path: "/dev/x", access: "rw" };
  const filter = (devices: readonly DeviceEntry[], config: Parameters<typeof plan>[0] = {}) =>
    all(launch(devices, { exports: DEVFS, ...config }), "device-filter").map(({ optional }) => optional);
  const capabilities = [{ cap: "CAP_MKNOD", add: true }];
  const sharing = { user: "enabled" } as const;
  deepEqual(filter([]), [true]);
  deepEqual(filter([rw]), [true]);
  deepEqual(filter([{ path: "/dev/x", access: "r" }]), [false]);
  deepEqual(filter([{ path: "/dev/x", access: "w" }]), [false]);
  deepEqual(filter([{ path: "/dev/x", access: "none" }]), [true]);
  deepEqual(filter([rw], { capabilities }), [true], "in a user namespace of its own it makes none");
  deepEqual(filter([rw], { capabilities, sharing }), [false]);
  deepEqual(filter([rw], { sharing }), [true]);
  deepEqual(filter([], { capabilities, sharing }), [true], "nobody has asked for a limit");
});

Deno.test("a user has no filter, nor has a node as redpak 2.5 launches it", () => {
  deepEqual(all(launch([], {}, 1000), "device-filter"), []);
  deepEqual(all(plan({}, { compat: true }), "device-filter"), []);
  const devices: DeviceEntry[] = [{ path: "/dev/x", access: "rw" }];
  deepEqual(all(plan({ exports: DEVFS, devices }, { compat: true }), "device-filter").length, 1);
});
