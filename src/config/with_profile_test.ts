import assert from "node:assert/strict";
import { formatPosition } from "../core/error.ts";
import type { Config } from "./schema.ts";
import { parseConfig } from "./parse.ts";
import { parseProfile } from "./profile.ts";
import { withProfile } from "./with_profile.ts";

const PROFILE = `config:
  umask: 077
  share_net: disabled
  share_ipc: disabled
  capabilities:
    - { cap: CAP_KILL, add: 0 }
    - { cap: cap_chown, add: 1 }
  rlimits: { nofile: 256, core: 0 }
  network:
    bind: [1, 2]
  cgroups: { mem: { max: 1G, high: 1M }, pids: { max: 9 } }
`;

async function apply(config: string) {
  const file = await parseConfig(`headers: { alias: a }\nconfig:\n  profile: p\n${config}`, "/n", "normal");
  return withProfile({ ...file, profile: await parseProfile(PROFILE, "profile p", "p") });
}

const settings = async (config: string) => (await apply(config)).config.config as NonNullable<Config["config"]>;

Deno.test("a file without a profile is what it is", async () => {
  const file = await parseConfig("headers: { alias: a }\n", "/n", "normal");
  assert.equal(withProfile(file), file);
});

Deno.test("what the file says counts before its profile, key by key and field by field", async () => {
  const { umask, share_net, share_ipc, rlimits, network, cgroups, profile } = await settings(
    `  umask: 022
  share_ipc: { }
`.replace("{ }", "/proc/1/ns/ipc") + `  rlimits: { nofile: 1:2 }
  network: { bind: [3], connect: [4] }
  cgroups: { mem: { max: 2G }, cpu: { weight: 1 } }
`,
  );
  assert.deepEqual([umask, share_net, share_ipc, profile], ["022", "disabled", { join: "/proc/1/ns/ipc" }, "p"]);
  assert.deepEqual(rlimits, { nofile: { soft: 1n, hard: 2n }, core: { soft: 0n, hard: 0n } });
  assert.deepEqual(network, { bind: [3], connect: [4] });
  assert.deepEqual(cgroups, { mem: { max: "2G", high: "1M" }, cpu: { weight: "1" }, pids: { max: "9" } });
});

Deno.test("a key that is unset leaves the decision to the profile", async () => {
  assert.equal((await settings("  share_net: unset\n")).share_net, "disabled");
});

Deno.test("capabilities are taken one by one", async () => {
  const { capabilities } = await settings("  capabilities: [ { cap: cap_kill, add: 1 } ]\n");
  assert.deepEqual(capabilities?.map(({ cap, add }) => [cap, add]), [["cap_kill", true], ["cap_chown", true]]);
});

Deno.test("what comes from the profile is located where that is named, with its own line", async () => {
  const { locate } = await apply(`  rlimits: { nofile: 1 }
  capabilities: [ { cap: CAP_KILL, add: 1 } ]
  share_ipc: unset
`);
  const places = [
    ["config", "umask"],
    ["config", "rlimits", "core"],
    ["config", "rlimits", "nofile"],
    ["config", "share_ipc"],
    ["config", "capabilities", 0],
    ["config", "capabilities", 1, "add"],
    ["config", "cgroups"],
    ["config", "network", "connect"],
    ["headers", "alias"],
  ].map((path) => formatPosition(locate(path)));
  assert.deepEqual(places, [
    "/n:3:12 (profile p:2)",
    "/n:3:12 (profile p:8)",
    "/n:4:22",
    "/n:3:12 (profile p:4)",
    "/n:5:19",
    "/n:3:12 (profile p:7)",
    "/n:3:12 (profile p:11)",
    "/n:3:3",
    "/n:1:19",
  ]);
});
