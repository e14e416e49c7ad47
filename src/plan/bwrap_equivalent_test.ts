import * as assert from "node:assert/strict";
import { type ConfigFixture, FACTS, merged, plan } from "./_fixtures.ts";
import { equivalentLaunch } from "./bwrap_equivalent.ts";
import { renderBwrapScript } from "./render_bwrap.ts";

function equivalent(fixture: ConfigFixture, facts = FACTS) {
  const { before, options } = equivalentLaunch(plan(fixture, { facts, hostIds: true }), merged(fixture), {
    arguments: [],
    facts,
  });
  return { before: before.join(" "), options: options.join(" ") };
}

Deno.test("no capability, session or group of the caller is left that the plan takes away", () => {
  assert.deepEqual(equivalent({}), {
    before: "setpriv --clear-groups",
    options: "--unshare-user --unshare-cgroup --unshare-ipc --unshare-pid --unshare-net --cap-drop ALL --new-session",
  });
  assert.equal(equivalent({}, { ...FACTS, uid: 1000, gid: 1000 }).before, "");
});

Deno.test("capabilities are named one by one, whatever the configuration says about ALL", () => {
  const capabilities = [{ cap: "ALL", add: false }, { cap: "kill", add: true }, { cap: "CAP_CHOWN", add: true }];
  const { options } = equivalent({ capabilities });
  assert.match(options, /--unshare-net --cap-drop ALL --cap-add CAP_CHOWN --cap-add CAP_KILL --new-session$/);
});

Deno.test("a session that is to be the caller's stays it", () => {
  assert.doesNotMatch(equivalent({ scalars: { "new-session": "Disabled" } }).options, /--new-session/);
});

Deno.test("users are changed before bubblewrap, and mapped to root by it", () => {
  const ids = { "set-user": "alice", "set-group": "audio" };
  const changed = "setpriv --clear-groups --reuid=1000 --regid=29";
  assert.equal(equivalent({ scalars: ids }).before, changed);
  const asRoot = equivalent({ scalars: { ...ids, "map-root-user": 1 } });
  assert.equal(asRoot.before, changed);
  assert.match(asRoot.options, /--unshare-net --uid 0 --gid 0 --cap-drop ALL/);
});

Deno.test("namespaces are joined, and that of time is made, before bubblewrap", () => {
  const sharing = { net: { join: "/ns/net" }, ipc: { join: "/ns/ipc" }, time: "disabled" } as const;
  const { before, options } = equivalent({ sharing });
  assert.equal(before, "nsenter --ipc=/ns/ipc --net=/ns/net unshare --time setpriv --clear-groups");
  assert.match(options, /--unshare-user/);
  assert.doesNotMatch(options, /--unshare-(?:net|ipc)/);
});

Deno.test("what confines the node is read-only for bubblewrap too", () => {
  const { options } = equivalent({ exports: [{ mode: "Private", mount: "/w", path: "/n" }] });
  const covers =
    "--ro-bind /n/.rednode.yaml /w/.rednode.yaml --ro-bind /n/etc /w/etc --ro-bind-try /n/.redpak /w/.redpak";
  assert.ok(options.startsWith(`--bind /n /w ${covers} `), options);
});

Deno.test("a script reads what commands of the configuration print, with their final newlines or without", () => {
  const where = { file: "/n/etc/redpak.yaml", line: 1, column: 1 };
  const launch = equivalentLaunch(
    plan(),
    merged({
      environ: [{ mode: "Default", key: "A", value: "<$(date)>" }, { mode: "Execfd", key: "B", value: "$(id)" }],
      rest: { pending: [{ command: "date", use: "substitution", where }, { command: "id", use: "environ", where }] },
    }),
    { arguments: [], facts: FACTS },
  );
  const script = renderBwrapScript(launch, "bwrap");
  assert.ok(script.startsWith("IFS= read -r -d '' output1 < <(bash -r -c date)\noutput2=$(bash -r -c id)\n"), script);
  assert.ok(script.includes(` --setenv A '<'"$output1"'>' `), script);
  assert.ok(script.includes(` --setenv B "$output2" `), script);
});
