/**
 * Nodes of a user who has subordinate ids. The user is one of the test's own: its files of the user database are mounted over the
 * machine's in a mount namespace that ends with each command.
 */
import assert from "node:assert/strict";
import { exec, PATH, REDPAK, type Result, Scratch, SYSTEM } from "./_node.ts";
import { knowingOwner, OWNER, RANGE, reasonAgainst } from "./_subordinate_ids.ts";

if (reasonAgainst !== undefined) console.log(`skipped: subordinate ids: ${reasonAgainst}`);

/** Runs a command as the user, in the groups 4 and 27. */
function asUser(
  command: readonly string[],
  { before = "", ...ranges }: { subuid?: string; subgid?: string; before?: string } = {},
): Result {
  using scratch = new Scratch();
  const script = `${before}
    cd / && exec setpriv --reuid ${OWNER.uid} --regid ${OWNER.uid} --groups 4,27 "$@"`;
  const [program = "", ...args] = [...knowingOwner(scratch, ranges), "sh", "-c", script, "sh", ...command];
  return exec(program, args);
}

function test(name: string, fn: () => void): void {
  Deno.test({ name, ignore: reasonAgainst !== undefined, fn });
}

const SHOW =
  "grep ^Groups /proc/self/status; cat /proc/self/uid_map /proc/self/gid_map; id -u; cat /proc/self/setgroups";

function show(config = "", options: Parameters<typeof asUser>[1] = {}): string[] {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH + config);
  const { stdout, stderr } = asUser([REDPAK, "run", node, "--", "sh", "-c", SHOW], options);
  return [...stdout.split("\n").map((line) => line.trim().replace(/\s+/g, " ")), stderr];
}

const MAP = ["0 200000 61234", "61234 61234 1", "61235 261234 4301"];
const OWN = ["61234 0 1", "61234 0 1", "61234"];

test("who has ranges runs without the groups of the caller, with ids of the node's own", () => {
  assert.deepEqual(show(), ["Groups:", ...MAP, ...MAP, "61234", "allow", "", ""]);
});

test("who has none, or of one kind only, keeps the groups, as nobody can drop them", () => {
  for (const options of [{ subuid: "" }, { subgid: "other:200000:65536\n" }, { subgid: `${OWNER.name}:1:10\n` }]) {
    const [groups, ...rest] = show("", options);
    assert.match(groups ?? "", /^Groups: \d/);
    assert.deepEqual(rest, [...OWN, "deny", "", ""]);
  }
});

test("with CAP_SYS_ADMIN the groups are kept, for its mounts are locked by one more namespace", () => {
  const lines = show("  capabilities: [{ cap: CAP_SYS_ADMIN, add: 1 }]\n");
  assert.deepEqual(lines.slice(1), [...OWN, "deny", "", ""]);
});

test("files of the user are the user's inside, and entering drops the groups as well", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/own`);
  Deno.chownSync(`${scratch.path}/own`, OWNER.uid, OWNER.uid);
  const node = scratch.node("n", `${SYSTEM}  - { mode: Public, mount: /own, path: ${scratch.path}/own }\n${PATH}`);
  const script = `"$0" run "$1" -- sleep 1000 & n=$!
    for try in $(seq 200); do "$0" audit "$1" >/dev/null 2>&1 && break; sleep 0.05; done
    "$0" audit "$1" && "$0" enter "$1" -- sh -c 'grep ^Groups: /proc/self/status; echo >/own/file; stat -c %u /own/file'
    kill $n; wait $n`;
  const { stdout, stderr } = asUser(["sh", "-c", script, REDPAK, node]);
  assert.match(stdout, /is as its plan says\nGroups:\s*\n61234\n$/, stderr);
  assert.equal(Deno.statSync(`${scratch.path}/own/file`).uid, OWNER.uid);
});

test("a helper that refuses stops the launch, and says why", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  // Without new privileges a set-user-ID program has none.
  const { code, stderr } = asUser(["setpriv", "--no-new-privs", REDPAK, "run", node, "--", "true"]);
  assert.equal(code, 125, stderr);
  assert.match(stderr, /newuidmap: .*\n.*Cannot map ids with "newuidmap".*\(EPERM\)/);
});

test("doctor tells what is missing, by the cause", () => {
  const seen = (options: Parameters<typeof asUser>[1]) => {
    const { stdout } = asUser([REDPAK, "doctor", "--json"], options);
    const checks: { id: string; status: string; seen: string; fix: string | null }[] = JSON.parse(stdout).data.checks;
    const found = checks.find(({ id }) => id === "D-SUBIDS");
    return `${found?.status}: ${found?.seen}${found?.fix === null ? "" : ` (${found?.fix})`}`;
  };
  const range = (text: string) => `(usermod --add-subuids ${text} --add-subgids ${text} ${OWNER.name})`;
  assert.equal(seen({}), "ok: 65536 user ids from 200000, group ids from 200000");
  assert.equal(
    seen({ subgid: `a:1:1\nb:x:1\n${RANGE}` }),
    `warn: /etc/subgid: line 2 is not USER:FIRST:COUNT, and no range for ${OWNER.name} before it ` +
      range("265536-331071"),
  );
  const plain =
    "cp /usr/bin/newgidmap /tmp/h$$ && chmod 755 /tmp/h$$ && mount --bind /tmp/h$$ /usr/bin/newgidmap && rm /tmp/h$$";
  assert.equal(
    seen({ before: plain }),
    "warn: /usr/bin/newgidmap is not set-user-ID (install uidmap, whose programs are set-user-ID root)",
  );
});
