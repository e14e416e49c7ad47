/** Machines that start sealed nodes when they boot: by busybox's init, and by systemd with the units of `redpak unit`. */
import assert from "node:assert/strict";
import { type Booted, bootNodes, type Init, systemdMissing } from "./_boot.ts";
import { reasonToSkip } from "./_rig.ts";

const aliases = (count: number) => Array.from({ length: count }, (_, index) => `n${index + 1}`).sort();

/** What the report of a machine has printed behind each of these words. */
function said({ lines }: Booted, word: string): string[] {
  return lines.flatMap((line) => line.startsWith(`${word}: `) ? [line.slice(word.length + 2).trim()] : []);
}

interface Claim {
  readonly name: string;
  readonly holds: (booted: Booted) => void;
}

/** Boots once for all claims. */
async function testBoot(init: Init, count: number, report: string, claims: readonly Claim[]): Promise<void> {
  const reason = await reasonToSkip() ?? (init === "systemd" ? systemdMissing() : undefined);
  if (reason !== undefined) console.log(`skipped: nodes that are started by ${init}: ${reason}`);
  const booted = reason === undefined ? await bootNodes(init, count, report) : undefined;
  for (const { name, holds } of claims) {
    Deno.test({
      name,
      ignore: booted === undefined,
      fn() {
        assert.ok(
          booted!.lines.includes("end of report"),
          `no report; it said last:\n${booted!.lines.slice(-20).join("\n")}`,
        );
        holds(booted!);
      },
    });
  }
}

await testBoot("busybox", 10, "redpak ps | sed 's/^/listed: /'", [
  {
    name: "busybox's init starts ten different nodes at once, by the lines of redpak unit",
    holds: ({ ready }) => assert.deepEqual([...ready.keys()].sort(), aliases(10)),
  },
  {
    name: "all of them are listed as running",
    holds: (booted) => assert.equal(said(booted, "listed").filter((line) => / running /.test(line)).length, 10),
  },
]);

const SYSTEMD_REPORT = `
for n in n1 n2 n3; do echo "state: $n $(systemctl show --value -p ActiveState redpak-$n.service)"; done
echo "socket: $(nc 127.0.0.1 8080 </dev/null)"
echo "group: $(cat /sys/fs/cgroup/system.slice/redpak-n3.service/redpak/node-nodes-n3/run-*/cgroup.procs | wc -l)"
systemctl stop redpak-n3.service
echo "stopped: $(systemctl show --value -p Result redpak-n3.service) $(ls -d /sys/fs/cgroup/system.slice/redpak-n3.service 2>/dev/null)"
kill -KILL $(systemctl show --value -p MainPID redpak-n2.service)
for try in $(seq 100); do
  [ "$(systemctl show --value -p NRestarts,ActiveState redpak-n2.service | tr '\\n' ' ')" = "1 active " ] && break
  [ "$(systemctl show --value -p ActiveState,NRestarts redpak-n2.service | tr '\\n' ' ')" = "active 1 " ] && break
  sleep 0.3
done
echo "restarts: $(systemctl show --value -p NRestarts redpak-n2.service) $(systemctl show --value -p ActiveState redpak-n2.service)"

# A node of an ordinary user, whose manager is started when its unit is there.
mkdir -p /home/node/etc
printf 'realpath: /home/node\\ntimestamp: 1700000000000\\nstate: Enable\\n' >/home/node/.rednode.yaml
sed 's/n1/users/; s/8080/8081/; s/notify/cgroups: { pids: { max: 25 } }, &/' /nodes/n1/etc/redpak.yaml >/home/node/etc/redpak.yaml
chown -R user:user /home/node
as_user() { su user -s /bin/sh -c "export XDG_RUNTIME_DIR=/run/user/1000 UNITS=~/.config/systemd/user; $1"; }
as_user 'mkdir -p $UNITS; redpak seal /home/node -- /bin/ready users && redpak unit /home/node -o $UNITS' >/dev/null
as_user 'SYSTEMD_OFFLINE=1 systemctl --user enable redpak-users.service'
systemctl start user@1000.service
for try in $(seq 100); do
  state=$(as_user 'systemctl --user show --value -p ActiveState redpak-users.service')
  [ "$state" = active ] && break
  sleep 0.3
done
echo "user state: $state"
echo "user socket: $(nc 127.0.0.1 8081 </dev/null)"
echo "user limit: $(cat /sys/fs/cgroup/system.slice/*/user@1000.service/app.slice/redpak-users.service/redpak/node-home-node/pids.max)"
as_user 'systemctl --user stop redpak-users.service'
echo "user stopped: $(as_user 'systemctl --user show --value -p Result redpak-users.service')"
`;

await testBoot("systemd", 3, SYSTEMD_REPORT, [
  {
    name: "systemd starts nodes by their units, and waits until their programs say that they are ready",
    holds(booted) {
      assert.deepEqual([...booted.ready.keys()].sort(), aliases(3));
      assert.deepEqual(said(booted, "state"), ["n1 active", "n2 active", "n3 active"]);
    },
  },
  {
    name: "what after names is ready before",
    holds: ({ ready }) => assert.ok(ready.get("n1")! < ready.get("n2")!, `${ready.get("n1")} and ${ready.get("n2")}`),
  },
  {
    name: "a program answers on the socket that systemd has opened for it",
    holds: (booted) => assert.deepEqual(said(booted, "socket"), ["answered"]),
  },
  {
    name: "a node has its control groups in that of its service",
    holds: (booted) => assert.deepEqual(said(booted, "group"), ["2"]),
  },
  {
    name: "a service that is stopped has not failed, and leaves no group",
    holds: (booted) => assert.deepEqual(said(booted, "stopped"), ["success"]),
  },
  {
    name: "a node whose launcher is killed is started again",
    holds: (booted) => assert.deepEqual(said(booted, "restarts"), ["1 active"]),
  },
  {
    name: "a user's manager starts a user's node by its unit, and waits until its program says that it is ready",
    holds: (booted) => assert.deepEqual(said(booted, "user state"), ["active"]),
  },
  {
    name: "its program answers on its socket, its limit is in the group of its service, and it can be stopped",
    holds(booted) {
      const found = ["socket", "limit", "stopped"].flatMap((word) => said(booted, `user ${word}`));
      assert.deepEqual(found, ["answered", "25", "success"]);
    },
  },
]);
