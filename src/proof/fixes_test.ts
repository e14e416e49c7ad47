import assert from "node:assert/strict";
import { FACTS, makeFamily } from "../config/_fixtures.ts";
import type { Config, Export } from "../config/schema.ts";
import type { Fix } from "../core/fix.ts";
import { findLoosenings } from "./find_loosenings.ts";

type Part = Omit<Config, "headers">;

const OPTIONS = { admin: true, facts: FACTS };

/** The fixes of a child's loosenings: what is set, by path. */
function fixes(child: Part, parent: Part): (string | undefined)[] {
  const family = makeFamily({ path: "/n/c", normal: child }, { path: "/n", normal: parent });
  return findLoosenings(family, OPTIONS).map(({ fix }) => fix && describe(fix));
}

function describe(fix: Fix): string {
  const value = fix.action === "set" ? `${fix.path.join(".")}=${fix.text}` : fix.action;
  return `${fix.file.split("/").at(-1)} ${value}`;
}

const own = { mode: "Public", mount: "/own", path: "/n/c/own" } as const;

Deno.test("a writable export of what is granted read-only gets the read-only mode of its kind", () => {
  const parent: Part = { exports: [{ mode: "Restricted", mount: "/usr" }] };
  const fixed = (mode: "Public" | "Private" | "PublicFile" | "PrivateFile") =>
    fixes({ exports: [own, { mode, mount: "/usr" }] }, parent);
  assert.deepEqual(fixed("Public"), ["redpak.yaml exports.1.mode=Restricted"]);
  assert.deepEqual(fixed("Private"), ["redpak.yaml exports.1.mode=PrivateRestricted"]);
  assert.deepEqual(fixed("PublicFile"), ["redpak.yaml exports.1.mode=RestrictedFile"]);
  assert.deepEqual(fixed("PrivateFile"), [undefined], "no mode is both read-only and private for a file");
});

Deno.test("an export of what is not granted at all is for its author to decide about", () => {
  assert.deepEqual(fixes({ exports: [{ mode: "Public", mount: "/srv" }] }, {}), [undefined]);
});

Deno.test("namespaces are disabled one by one, capabilities dropped, switches set tight", () => {
  assert.deepEqual(
    fixes({ config: { share_all: "enabled" } }, {
      config: { share_net: "enabled", share_user: "enabled", share_cgroup: "enabled", share_ipc: "enabled" },
    }),
    ["redpak.yaml config.share_pid=disabled"],
  );
  assert.deepEqual(fixes({ config: { share_net: { join: "/x" } } }, { config: { share_pid: "enabled" } }), [
    "redpak.yaml config.share_net=disabled",
  ]);
  assert.deepEqual(
    fixes({ config: { capabilities: [{ cap: "CAP_FOWNER", add: false }, { cap: "kill", add: true }] } }, {}),
    [
      "redpak.yaml config.capabilities.1.add=0",
    ],
  );
  assert.deepEqual(
    fixes(
      { config: { "new-session": "Disabled", "die-with-parent": "Disabled", "inherit-env": true, gpgcheck: false } },
      { config: { "new-session": "Enabled", "die-with-parent": "Enabled", "inherit-env": false, gpgcheck: true } },
    ),
    [
      "redpak.yaml config.new-session=Enabled",
      "redpak.yaml config.die-with-parent=Enabled",
      "redpak.yaml config.inherit-env=false",
      "redpak.yaml config.gpgcheck=true",
    ],
  );
});

Deno.test("a filter, and the size of file systems in memory, becomes the parent's", () => {
  const fix = fixes({ config: { seccomp: "none" } }, { config: { seccomp: "strict" } });
  assert.deepEqual(fix, ["redpak.yaml config.seccomp=strict"]);
  assert.deepEqual(fixes({ config: { "tmpfs-size": "max" } }, {}), ["redpak.yaml config.tmpfs-size=64M"]);
});

Deno.test("a view of /proc becomes the parent's", () => {
  const fix = fixes({ config: { proc: "full" } }, { config: { proc: "pid" } });
  assert.deepEqual(fix, ["redpak.yaml config.proc=pid"]);
});

Deno.test("what a parent shows without following links is shown so", () => {
  const data: Export = { mode: "Public", mount: "/data", path: "/srv" };
  const fix = fixes({ exports: [data] }, { exports: [{ ...data, nosymfollow: true }] });
  assert.deepEqual(fix, ["redpak.yaml exports.0.nosymfollow=true"]);
});

Deno.test("access to a device becomes the parent's", () => {
  const devices = (access: "r" | "rw") => ({ config: { devices: [{ path: "/dev/a", access }] } });
  assert.deepEqual(fixes(devices("rw"), devices("r")), ["redpak.yaml config.devices.0.access=r"]);
  assert.deepEqual(fixes(devices("rw"), {}), ["redpak.yaml config.devices.0.access=none"]);
});

Deno.test("what of ALL is to be kept is for its author to decide, unless it is nothing", () => {
  const child: Part = { config: { capabilities: [{ cap: "ALL", add: true }] } };
  assert.deepEqual(fixes(child, { config: { capabilities: [{ cap: "CAP_KILL", add: true }] } }), [undefined]);
  assert.deepEqual(fixes(child, {}), ["redpak.yaml config.capabilities.0.add=0"]);
});

Deno.test("who the program is, is for its author to decide", () => {
  assert.deepEqual(fixes({ config: { "set-user": "0" } }, { config: { "set-user": "driver" } }), [undefined]);
});

Deno.test("the file to fix is the one that the value comes from", () => {
  const admin = (inherits: boolean) => ({ admin: { config: { "inherit-env": inherits } } });
  const family = makeFamily({ path: "/n/c", ...admin(true) }, { path: "/n", ...admin(false) });
  assert.deepEqual(findLoosenings(family, OPTIONS).map(({ fix }) => fix && describe(fix)), [
    "redpak-admin.yaml config.inherit-env=false",
  ]);
});
