import assert from "node:assert/strict";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { JOINABLE, type OtherNamespace, OtherProcess } from "./_other_process.ts";

const USER = 1000;

/** Runs a script in a node that joins these namespaces of a process. */
function joined(other: OtherProcess, names: readonly OtherNamespace[], script: string, config = "") {
  using scratch = new Scratch();
  const keys = names.map((name) => `  share_${name}: ${other.file(name)}\n`).join("");
  return redpak(["run", scratch.node("n", SYSTEM + PATH + keys + config), "--", "sh", "-c", script]);
}

const LINKS = "for name in time cgroup ipc net pid user; do readlink /proc/self/ns/$name; done";

/** Checks that exactly these namespaces are those of the process. */
function assertJoined(other: OtherProcess, names: readonly OtherNamespace[], config = ""): void {
  const { code, stdout, stderr } = joined(other, names, LINKS, config);
  assert.deepEqual([code, stderr], [0, ""], names.join());
  const own = stdout.trim().split("\n");
  JOINABLE.forEach((name, index) => {
    if (names.includes(name)) assert.equal(own[index], other.id(name), `${name} of ${names}`);
    // Only the time namespace is the launcher's unless said otherwise.
    else if (name !== "time") assert.notEqual(own[index], other.id(name), `${name} of ${names}`);
  });
}

const WITHOUT_USER = JOINABLE.filter((name) => name !== "user");

for (
  const [whose, namespaces, uid] of [
    ["root's process in namespaces of its own", JOINABLE, 0],
    ["an ordinary user's container", JOINABLE, USER],
    ["a process of the host", [], 0],
  ] as const
) {
  rootTest(`each namespace of ${whose} can be joined alone, and all of them together`, async () => {
    await using other = await OtherProcess.start(namespaces, uid);
    for (const names of [...JOINABLE.map((name) => [name]), JOINABLE, WITHOUT_USER]) assertJoined(other, names);
    for (const names of [...WITHOUT_USER.map((name) => [name]), WITHOUT_USER]) {
      assert.equal(joined(other, names, "true", "  share_user: enabled\n").code, 0, names.join());
    }
  });
}

rootTest("in a joined user namespace the ids are its, and the launcher's groups are gone", async () => {
  await using other = await OtherProcess.start(JOINABLE, USER);
  using scratch = new Scratch();
  const keys = JOINABLE.map((name) => `  share_${name}: ${other.file(name)}\n`).join("");
  const node = scratch.node("n", SYSTEM + PATH + keys);
  const script = "cat /proc/self/uid_map; id -u; grep -E '^(Groups|CapEff|NoNewPrivs)' /proc/self/status";
  const { stdout, stderr } = exec("setpriv", ["--groups", "4,27", REDPAK, "run", node, "--", "sh", "-c", script]);
  assert.deepEqual(
    stdout.trim().split("\n").map((line) => line.trim().replace(/\s+/g, " ")),
    [`0 ${USER} 1`, "0", "Groups:", "CapEff: 0000000000000000", "NoNewPrivs: 1"],
    stderr,
  );
});

rootTest("capabilities in a joined user namespace are those that are asked for", async () => {
  await using other = await OtherProcess.start(JOINABLE, USER);
  const { stdout, stderr } = joined(
    other,
    JOINABLE,
    "grep ^Cap /proc/self/status | cut -f2 | sort -u",
    "  capabilities: [ { cap: CAP_KILL, add: 1 } ]\n",
  );
  assert.equal(stdout, "0000000000000020\n", stderr);
});

rootTest("an id that a joined user namespace does not map stops the launch", async () => {
  await using other = await OtherProcess.start(["user"], USER);
  const { code, stderr } = joined(other, ["user"], "true", "  set-user: 77\n");
  assert.equal(code, 125);
  assert.match(stderr, /^redpak: Cannot change to "77:\d+": .*\(EINVAL\)/);
});

rootTest("a joined pid namespace shows its own processes, and a node's leftovers end alone", async () => {
  await using other = await OtherProcess.start(JOINABLE);
  const { code, stdout, stderr } = joined(
    other,
    ["pid", "user"],
    "cat /proc/1/comm; for i in 1 2 3; do setsid sleep 1000 & done; (sleep 1000 &); exit 4",
  );
  assert.deepEqual([code, stdout], [4, "cat\n"], stderr);
  assert.equal(Deno.readTextFileSync(`/proc/${other.pid}/comm`), "cat\n");
  const left = joined(other, ["pid", "user"], "set -- /proc/[0-9]*; echo $#");
  // The namespace's PID 1, and of the node its init and the shell.
  assert.equal(left.stdout, "3\n", left.stderr);
});

rootTest("what is no namespace, or one of another kind, is not joined", async () => {
  await using other = await OtherProcess.start(["net"]);
  using scratch = new Scratch();
  for (const path of ["/etc/passwd", "/no/such/file", other.file("ipc"), "/dev/null"]) {
    const node = scratch.node("n", `${SYSTEM}${PATH}  share_net: ${path}\n`);
    const { code, stderr } = redpak(["run", node, "--", "true"]);
    assert.equal(code, 125, path);
    assert.match(stderr, /Cannot join .*\n {2}configured at .*redpak\.yaml:\d+:\d+/, path);
  }
});
