import * as assert from "node:assert/strict";
import type { ExportMode } from "../config/schema.ts";
import { failure, plan, type RequestFixture } from "./_fixtures.ts";

const bind = (path: string, mode: ExportMode = "Restricted", unsafe?: boolean, request: RequestFixture = {}) =>
  plan({ exports: [{ mode, mount: "/m", path }], scalars: unsafe === undefined ? {} : { unsafe } }, request);

Deno.test("what gives power over the host is exported only where somebody says unsafe", () => {
  for (const path of ["/", "/sys", "/proc/", "/dev", "/run", "/var/run", "/run/docker.sock", "/var/run/../run/dbus"]) {
    const { code, where } = failure(() => bind(path));
    assert.deepEqual([code, where?.line], ["E_EXPORT_UNSAFE", 1], path);
    assert.equal(failure(() => bind(path, "RestrictedFile", false)).code, "E_EXPORT_UNSAFE");
    bind(path, "Restricted", true);
  }
});

Deno.test("what lies beside or below is exported, and what is no bind", () => {
  for (const path of ["/run/systemd/notify", "/run/user/1000", "/var", "/sys/class/net", "/device"]) bind(path);
  for (const mode of ["Procfs", "Devfs", "Tmpfs"] as const) bind("/proc", mode);
});

Deno.test("compatibility with redpak 2.5 makes it a warning", () => {
  const { warnings } = bind("/sys", "Public", undefined, { compat: true });
  assert.deepEqual(warnings.map(({ code, where }) => [code, where?.line]), [["W_EXPORT_UNSAFE", 1]]);
});
