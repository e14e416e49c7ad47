import { makeConfinement } from "../config/confinement_schema.ts";
import * as assert from "node:assert/strict";
import { STRICT } from "../config/dialect.ts";
import { schemasOf } from "../config/schema.ts";
import { SERVICE_KEYS } from "../config/service_schema.ts";
import { originalConfigYaml } from "./original_config.ts";

Deno.test("the least configuration has the keys that redpak 2.5 always prints", () => {
  assert.equal(
    originalConfigYaml({ headers: { alias: "a" } }),
    `headers:
  alias: a
config:
  verbose: 0
  map-root-user: 0
  gpgcheck: false
  unsafe: false
  inherit-env: false
  die-with-parent: Unset
  new-session: Unset
`,
  );
});

Deno.test("keys come in the order of the schema, not of the file", () => {
  const text = originalConfigYaml({
    config: {
      capabilities: [{ add: true, cap: "CAP_CHOWN", warn: "w" }, { cap: "ALL", add: false }],
      hostname: "h",
      cgroups: { pids: { max: "5" }, mem: { swap_max: "1M", max: "2M" }, io: {} },
      share_time: { join: "/proc/1/ns/time" },
      share_all: "disabled",
      "new-session": "Enabled",
      umask: "022",
      path: "/bin",
      rpmdir: "/r",
      persistdir: "",
    },
    environ: [{ value: "v", key: "K", mode: "Static" }, { mode: "Remove", key: "R", info: "i" }],
    exports: [{ path: "/p", mount: "/m", mode: "PrivateRestricted", warn: "w", info: "i", optional: true }],
    headers: { info: "it: is", name: "n", alias: "a" },
  });
  assert.equal(
    text,
    `headers:
  alias: a
  name: n
  info: 'it: is'
exports:
- mode: PrivateRestricted
  mount: /m
  path: /p
  info: i
  warn: w
environ:
- mode: Static
  key: K
  value: v
- mode: Remove
  key: R
  info: i
config:
  persistdir:
  rpmdir: /r
  path: /bin
  umask: 022
  verbose: 0
  map-root-user: 0
  gpgcheck: false
  unsafe: false
  inherit-env: false
  die-with-parent: Unset
  new-session: Enabled
  share_all: disabled
  share_time: /proc/1/ns/time
  cgroups:
    mem:
      max: 2M
      swap_max: 1M
    io: {}
    pids:
      max: 5
  hostname: h
  capabilities:
  - cap: CAP_CHOWN
    add: 1
    warn: w
  - cap: ALL
    add: 0
`,
  );
});

Deno.test("every key of the file format is printed", () => {
  const names = Object.keys(schemasOf(STRICT).configSchema.shape.config.def.innerType.shape).filter((name) =>
    !["cgroups", "capabilities", "maxage", "inherit", "seccomp", ...Object.keys(makeConfinement()), ...SERVICE_KEYS]
      .includes(name)
  );
  const text = originalConfigYaml({
    headers: { alias: "a" },
    config: { ...Object.fromEntries(names.map((name) => [name, "x"])), cgroups: { cpuset: { mems: "x" } } },
  });
  for (const name of names) assert.match(text, new RegExp(`^  ${name}: x$`, "m"));
  assert.match(text, /^ {2}cgroups:\n {4}cpuset:\n {6}mems: x$/m);
});
