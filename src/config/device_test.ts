import { deepEqual } from "node:assert/strict";
import { allows, DEVICE_ACCESSES } from "./device.ts";
import { parseConfig } from "./parse.ts";
import { RedpakError } from "../core/error.ts";

async function read(entry: string) {
  try {
    const text = `headers: { alias: a }\nconfig: { devices: [{ ${entry} }] }`;
    return (await parseConfig(text, "f", "normal")).config.config?.devices?.[0];
  } catch (error) {
    if (error instanceof RedpakError) return error.problems.map(({ code }) => code);
    throw error;
  }
}

Deno.test("a device is one plain path below /dev, normalised", async () => {
  const access = "rw" as const;
  deepEqual(await read("path: /dev//bus/./usb/, access: RW"), { path: "/dev/bus/usb", access });
  deepEqual(await read("path: /dev/x, access: none, optional: yes"), {
    path: "/dev/x",
    access: "none",
    optional: true,
  });
  const wrong = [
    "/dev",
    "/dev/",
    "/dev/.",
    "dev/x",
    "/devx",
    "/etc/x",
    "/dev/../etc/x",
    "/dev/$X",
    "/dev/tty*",
    "/dev/[a]",
  ];
  for (const path of wrong) deepEqual(await read(`path: "${path}", access: rw`), ["E_VALUE_FORMAT"], path);
  for (const access of ["rwm", "x", "''"]) {
    deepEqual(await read(`path: /dev/x, access: ${access}`), ["E_VALUE_ENUM"], access);
  }
  deepEqual(await read("path: /dev/x"), ["E_KEY_MISSING"]);
});

Deno.test("access contains access letter by letter", () => {
  const allowed = DEVICE_ACCESSES.map((granted) => DEVICE_ACCESSES.filter((wanted) => allows(granted, wanted)).join());
  deepEqual(allowed, ["none", "none,r", "none,w", "none,r,w,rw"]);
});
