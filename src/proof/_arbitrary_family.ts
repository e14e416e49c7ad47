import * as fc from "fast-check";
import type { ByteSize } from "../config/byte_size.ts";
import { DEVICE_ACCESSES } from "../config/device.ts";
import { FACTS, makeFamily, type NodeFixture } from "../config/_fixtures.ts";
import type { Family } from "../config/node.ts";
import { BIND_MODES, type Config, type Export, type Sharing } from "../config/schema.ts";

export type Files = Omit<Config, "headers">;

/** Launched by root, so that every user can be asked for. */
export const FACTS_OF_ROOT = { ...FACTS, uid: 0, gid: 0 };

const option = fc.constantFrom("Enabled" as const, "Disabled" as const);
const sharing = fc.constantFrom<Sharing[]>("unset", "enabled", "disabled", { join: "/ns/1" }, { join: "/ns/2" });
const entry: fc.Arbitrary<Export> = fc.record({
  mode: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...BIND_MODES) },
    { weight: 1, arbitrary: fc.constantFrom("Tmpfs", "Anonymous", "Symlink", "Procfs", "Devfs", "Mqueue", "Lock") },
  ),
  mount: fc.constantFrom("/m", "/m/x", "/m/x/y", "/m/y", "/n", "/n/x"),
  path: fc.constantFrom("/s", "/s/x", "/s/x/y", "/t", "/t/../s/y", "$NODE_PATH", "$NODE_PATH/x", "/p/x", "/p/c/x"),
});
const keys = fc.record({
  share_all: sharing,
  share_net: sharing,
  share_ipc: sharing,
  share_time: sharing,
  capabilities: fc.uniqueArray(
    fc.record({ cap: fc.constantFrom("ALL", "CAP_KILL", "CAP_CHOWN"), add: fc.boolean() }),
    { selector: ({ cap }) => cap },
  ),
  devices: fc.uniqueArray(
    fc.record({ path: fc.constantFrom("/dev/a", "/dev/b"), access: fc.constantFrom(...DEVICE_ACCESSES) }),
    { selector: ({ path }) => path },
  ),
  "set-user": fc.constantFrom("0", "77", "78"),
  "new-session": option,
  "die-with-parent": option,
  "inherit-env": fc.boolean(),
  gpgcheck: fc.boolean(),
  seccomp: fc.constantFrom("none" as const, "default" as const, "strict" as const),
  landlock: fc.constantFrom("off", "auto", "required"),
  "tmpfs-size": fc.constantFrom<ByteSize[]>(4096, 64 * 1024 ** 2, 1024 ** 3, "max"),
  "tmpfs-exec": fc.boolean(),
  proc: fc.constantFrom("full", "pid"),
  apparmor: fc.constantFrom("a", "b"),
}, { requiredKeys: [] });
/** Few things at once, so that not every family is refused. */
export const few: fc.Arbitrary<Files> = fc.record({
  exports: fc.uniqueArray(entry, { maxLength: 3, selector: ({ mount }) => mount }),
  config: keys.chain((all) =>
    fc.subarray(Object.keys(all), { maxLength: Math.min(2, Object.keys(all).length) }).map((kept) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => kept.includes(key)))
    )
  ),
}, { requiredKeys: [] });

const PATHS = ["/p", "/p/c", "/p/c/d", "/p/c/d/e"];
export const families = fc.record({
  /** The root first. */
  files: fc.array(fc.record({ normal: few, admin: few }, { requiredKeys: ["normal"] }), { minLength: 1, maxLength: 4 }),
  admin: fc.boolean(),
});

export type Made = typeof families extends fc.Arbitrary<infer T> ? T : never;

export function toFamily(files: Made["files"]): Family {
  const nodes = files.map((file, depth): NodeFixture => ({ path: PATHS[depth]!, ...file })).reverse();
  return makeFamily(nodes[0]!, ...nodes.slice(1));
}
