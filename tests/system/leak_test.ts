import assert from "node:assert/strict";
import { exec, PATH, REDPAK, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** REDPAK_LAUNCHES=1000 for more of them. */
const LAUNCHES = Number(Deno.env.get("REDPAK_LAUNCHES") ?? 200);

/**
 * Runs a shell script alone: with pid and mount namespaces of its own and empty directories for temporary files, so that
 * what it counts is redpak's doing. `$node` is a node, `$redpak` the binary; the script ends in an error where something
 * is left behind: processes, mounts, descriptors, temporary files.
 *
 * @param patience how often it looks, five times a second, before what is still there counts as left
 */
function leavesNothing(script: string, { config = SYSTEM + PATH, patience = 300 } = {}): void {
  using scratch = new Scratch();
  scratch.node("n", config);
  scratch.file("redpak", "");
  const alone = `set -e
    mount --make-rprivate /; mount --bind "$2" "$1/redpak"; mount --rbind "$1" /mnt
    for directory in /tmp /run /dev/shm; do mount -t tmpfs tmpfs "$directory"; done
    mkdir -m 700 /run/redpak # stays, for the records of running nodes
    node=/mnt/n redpak=/mnt/redpak
    # Counted by the shell alone: the processes of a pipeline come and go while they count.
    count() { echo $#; }
    state() {
      echo "processes: $(count /proc/[0-9]*)"; echo "mounts: $(wc -l </proc/self/mountinfo)"
      echo "descriptors: $(count /proc/$$/fd/*)"; echo "temporary:" /tmp/* /run/* /run/redpak/.* /run/redpak/* /dev/shm/*
    }
    before=$(state)
    ${script}
    for wait in $(seq ${patience}); do after=$(state); [ "$after" = "$before" ] && exit; sleep 0.2; done
    echo "before: $before"; echo "after: $after"; ps -ef; exit 1`;
  const args = ["--pid", "--fork", "--mount-proc", "--mount", "sh", "-c", alone, "sh", scratch.path, REDPAK];
  const { code, stdout, stderr } = exec("unshare", args);
  assert.equal(code, 0, stdout + stderr);
}

rootTest("hundreds of launches in a row leave nothing behind", () => {
  leavesNothing(`i=0; while [ $i -lt ${LAUNCHES} ]; do "$redpak" run "$node" -- true; i=$((i+1)); done`);
});

rootTest("twenty launches at once leave nothing behind", () => {
  leavesNothing(`i=0; pids=
    while [ $i -lt 20 ]; do "$redpak" run "$node" -- sh -c "sleep 0.2; exit $i" & pids="$pids $!"; i=$((i+1)); done
    i=0; for pid in $pids; do code=0; wait $pid || code=$?; [ $code = $i ]; i=$((i+1)); done`);
});

rootTest("launches that fail half way leave nothing behind", () => {
  const failing = SYSTEM + "  - { mode: Public, mount: /data, path: /mnt/data }\n" +
    "  - { mode: Restricted, mount: /usr/no/such/place, path: /etc }\n" + PATH;
  leavesNothing(
    'for i in 1 2 3 4 5 6 7 8 9 10; do code=0; "$redpak" run "$node" -- true 2>/dev/null || code=$?; [ $code = 125 ]; done',
    { config: failing },
  );
});

rootTest("the counting itself sees what is left behind", () => {
  for (const left of ["sleep 60 &", "mount -t tmpfs tmpfs /srv", "echo >/tmp/left", "exec 7</dev/null"]) {
    assert.throws(() => leavesNothing(left, { patience: 2 }), left);
  }
});
