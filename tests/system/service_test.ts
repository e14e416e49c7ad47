/** What a service manager hands to a node: sockets that it has opened, and the one that it is told by. */
import assert from "node:assert/strict";
import { exec, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

const DESCRIPTORS =
  "echo $LISTEN_PID/$$ $LISTEN_FDS $LISTEN_FDNAMES; for fd in 3 4 5; do [ -e /proc/self/fd/$fd ] && echo $fd; done; true";

function makeNode(scratch: Scratch, config: string): string {
  const node = scratch.node("n", `${SYSTEM}config:\n  path: /usr/bin\n  ${config}\n`);
  return node;
}

/** Starts it as a service manager does: `opened` descriptors from 3 on, of which `LISTEN_FDS` counts `counted`. */
function activate(command: readonly string[], counted: number, pid = "$$") {
  const script =
    `export LISTEN_PID=${pid} LISTEN_FDS=${counted} LISTEN_FDNAMES=a:b; exec "$@" 3</dev/null 4</dev/null 5</dev/null`;
  return exec("sh", ["-c", script, "sh", ...command]);
}

for (const sealed of [false, true]) {
  const how = sealed ? "a sealed launcher" : "redpak run";
  rootTest(`${how} hands on the sockets that were opened for it, and no other descriptor`, () => {
    using scratch = new Scratch();
    const node = makeNode(scratch, "listen: [ { stream: 80 }, { stream: 81 } ]");
    const launcher = `${scratch.path}/launcher`;
    const program = ["sh", "-c", DESCRIPTORS];
    if (sealed) assert.equal(redpak(["seal", node, "--output", launcher, "--", ...program]).stderr, "");
    const command = sealed ? [launcher] : [REDPAK, "run", node, "--", ...program];
    const lines = (counted: number, pid?: string) => {
      const { code, stdout } = activate(command, counted, pid);
      return [code, ...stdout.replaceAll("\0", "").trimEnd().split("\n")];
    };
    // Of the shell, whose number is the same as that of its own process.
    assert.deepEqual(lines(2), [0, "2/2 2 a:b", "3", "4"]);
    assert.deepEqual(lines(1), [0, "2/2 1 a:b", "3"]);
    assert.deepEqual(lines(3)[0], sealed ? 125 : 3);
    const [code, first, ...others] = lines(2, "1");
    assert.deepEqual([code, others], [0, []]);
    assert.match(String(first), /^\/2/);
  });
}

rootTest("sockets that listen does not name are closed, and those that are missing refuse the launch", () => {
  using scratch = new Scratch();
  const node = makeNode(scratch, "listen: [ { stream: 80 }, { stream: 81 }, { stream: 82 }, { stream: 83 } ]");
  const { code, stderr } = activate([REDPAK, "run", node, "--", "true"], 4);
  assert.deepEqual([code, /LISTEN_FDS counts descriptor 6, which is not open/.test(stderr)], [125, true]);
  const launcher = `${scratch.path}/launcher`;
  assert.equal(redpak(["seal", node, "--output", launcher, "--", "true"]).code, 0);
  const sealed = activate([launcher], 4);
  assert.deepEqual([sealed.code, /LISTEN_FDS names descriptors that are not open/.test(sealed.stderr)], [125, true]);
  assert.equal(activate([launcher], 3).code, 0);
  const without = makeNode(scratch, "umask: 022");
  assert.equal(activate([REDPAK, "run", without, "--", "sh", "-c", DESCRIPTORS], 2).stdout, "/2\n");
});

rootTest("a node that notifies sees the manager's socket, and what the manager has said of it", () => {
  using scratch = new Scratch();
  const look =
    'echo "$NOTIFY_SOCKET" "$WATCHDOG_USEC" "$WATCHDOG_PID"; cat /run/systemd/notify; echo x >/run/systemd/notify';
  const prepare = "mount -t tmpfs run /run && mkdir /run/systemd && echo socket >/run/systemd/notify";
  const script = `${prepare} && export NOTIFY_SOCKET=/run/systemd/notify WATCHDOG_USEC=5 WATCHDOG_PID=$$; exec "$@"`;
  const started = (...command: string[]) => {
    const { code, stdout } = exec("unshare", ["--mount", "sh", "-c", script, "sh", ...command]);
    return [code, ...stdout.replaceAll("\0", "").trimEnd().split("\n")];
  };
  const node = makeNode(scratch, "notify: true");
  assert.deepEqual(started(REDPAK, "run", node, "--", "sh", "-c", look), [2, "/run/systemd/notify 5 ", "socket"]);
  const launcher = `${scratch.path}/launcher`;
  assert.equal(redpak(["seal", node, "--output", launcher, "--", "sh", "-c", look]).stderr, "");
  assert.deepEqual(started(launcher), [2, "/run/systemd/notify 5 ", "socket"]);
  const other = makeNode(scratch, "umask: 022");
  assert.deepEqual(started(REDPAK, "run", other, "--", "sh", "-c", `${look} 2>/dev/null`).slice(1), [""]);
});
