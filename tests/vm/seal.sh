# Runs in the guest of seal_test.ts, behind _library.sh.

LIMITS='cgroups: { cpu: { weight: 50, max: "30000 60000" }, mem: { low: 2M, max: 64M, swap_max: 2M }, pids: { max: 30 } }'

# settings: everything that can be set in the node's group and in that of the launch.
settings() {
  for file in cgroup.subtree_control cpu.max cpu.weight cpuset.cpus cpuset.mems io.max io.weight memory.high memory.low memory.max memory.min \
    memory.oom.group memory.swap.max pids.max; do
    for group in "$RUN/.." "$RUN"; do echo "$file: $(cat "$group/$file" 2>&1 | tr '\n' ' ')"; done
  done | grep -v 'No such file'
}

same_limits() {
  node "/nodes/$1" "$2"
  start "/nodes/$1" "redpak/node-nodes-$1" 'exec sleep 1000' || return 1
  settings >/tmp/unsealed
  stop $P
  redpak seal "/nodes/$1" --output "/tmp/$1" -- sleep 1000 || return 1
  launch "/tmp/$1" "redpak/node-nodes-$1" || return 1
  settings >/tmp/sealed
  redpak audit "$1-$P" || { stop $P; return 1; }
  stop $P
  [ "$(wc -l </tmp/sealed)" -gt 4 ] && diff /tmp/unsealed /tmp/sealed && gone $CG/redpak
}

limits() { same_limits limited "$LIMITS"; }

defaults() { same_limits plain ''; }

nested() {
  node /nodes/parent 'cgroups: { pids: { max: 25 } }'
  node /nodes/parent/child 'cgroups: { mem: { max: 32M } }'
  redpak seal /nodes/parent/child --output /tmp/child -- sleep 1000 || return 1
  launch /tmp/child redpak/node-nodes-parent/node-child || return 1
  is $CG/redpak/node-nodes-parent/pids.max 25 && is "$RUN/../memory.max" 33554432 && redpak audit "child-$P"
  r=$?
  stop $P
  gone $CG/redpak && return $r
}

reset_values() {
  node /nodes/reset "$LIMITS"
  start /nodes/reset redpak/node-nodes-reset 'exec sleep 1000' || return 1
  other=$P
  node /nodes/reset
  redpak seal /nodes/reset --output /tmp/reset -- sleep 1000 || return 1
  launch /tmp/reset redpak/node-nodes-reset || return 1
  is "$RUN/../pids.max" max && is "$RUN/../memory.max" max && is "$RUN/../cpu.weight" 100 && is "$RUN/../cpu.max" "max 100000"
  r=$?
  stop $P $other
  return $r
}

drift_is_found() {
  launch /tmp/limited redpak/node-nodes-limited || return 1
  echo 40 >"$RUN/../pids.max"
  redpak audit "limited-$P" >/tmp/audit
  [ $? = 1 ] && grep -q 'pids.max' /tmp/audit
  r=$?
  stop $P
  return $r
}

out_of_memory() {
  redpak seal /nodes/limited --output /tmp/hoarder -- sh -c 'x=aaaaaaaa; while :; do x=$x$x; done' || return 1
  /tmp/hoarder 2>/tmp/said
  [ $? = 137 ] && grep -q 'it ran out of memory$' /tmp/said && gone $CG/redpak
}

many_processes() {
  redpak seal /nodes/limited --output /tmp/bomb -- sh -c 'exec 2>/dev/null; (while :; do sleep 1000 & done); exec sleep 1000' || return 1
  launch /tmp/bomb redpak/node-nodes-limited || return 1
  for try in $(seq 200); do
    is "$RUN/../pids.peak" 30 >/dev/null && break
    sleep 0.1
  done
  is "$RUN/../pids.peak" 30
  r=$?
  stop $P
  return $r
}

# Either the launcher is alone in its group, or it would have to move strangers.
own_group() {
  mkdir $CG/alone
  (sh -c "echo \$\$ >$CG/alone/cgroup.procs; exec /tmp/limited" &)
  for try in $(seq 100); do
    [ -e $CG/alone/redpak/supervisor/cgroup.procs ] && [ -n "$(cat $CG/alone/redpak/node-nodes-limited/run-*/cgroup.procs 2>/dev/null)" ] && break
    sleep 0.1
  done
  [ "$(cat $CG/alone/redpak/supervisor/cgroup.procs | wc -l)" = 1 ] && [ -z "$(cat $CG/alone/cgroup.procs)" ]
  r=$?
  redpak stop limited --time 1
  return $r
}

busy_group() {
  mkdir $CG/busy
  sh -c "echo \$\$ >$CG/busy/cgroup.procs; sleep 1000 & echo \$! >/tmp/stranger; /tmp/limited" >/tmp/said 2>&1
  status=$?
  kill "$(cat /tmp/stranger)"
  [ $status = 125 ] && grep -q EBUSY /tmp/said || { echo "status $status: $(cat /tmp/said)"; return 1; }
}

devices() {
  node /nodes/devices 'devices: [ { path: /dev/fuse, access: r, optional: 1 } ]'
  redpak seal /nodes/devices --output /tmp/devices -- sleep 1000 || return 1
  launch /tmp/devices redpak/node-nodes-devices || return 1
  redpak audit "devices-$P"
  r=$?
  stop $P
  return $r
}

# boot NUMBER: as many launches at once, and how long that takes.
boot() {
  pids=
  node /nodes/boot
  redpak seal /nodes/boot --output /tmp/boot -- sleep 1000 || return 1
  from=$(cut -d ' ' -f 1 /proc/uptime)
  for number in $(seq "$1"); do
    /tmp/boot &
    pids="$pids $!"
  done
  for try in $(seq 300); do
    running=$(cat $CG/redpak/node-nodes-boot/run-*/cgroup.procs 2>/dev/null | wc -l)
    [ "$running" -ge $((2 * $1)) ] && break
    sleep 0.1
  done
  echo "booted $1 nodes: $from to $(cut -d ' ' -f 1 /proc/uptime) s, $(sed -n 's/^anon //p' $CG/redpak/memory.stat) bytes of anonymous memory" >/dev/console
  listed=$(redpak ps | grep -c ' running ')
  stop $pids
  [ "$running,$listed" = "$((2 * $1)),$1" ] || { echo "$running processes, $listed nodes listed"; return 1; }
  gone $CG/redpak
}

boot_ten() { boot 10; }

scenario "a sealed node has the limits of the unsealed one" limits
scenario "likewise the limits that hold where nothing is said" defaults
scenario "the groups of a sealed node are nested as the nodes are" nested
scenario "what a launch before has left in a group is set back" reset_values
scenario "a limit of a sealed node that is changed is found" drift_is_found
scenario "a sealed node that runs out of memory says so" out_of_memory
scenario "a fork bomb in a sealed node ends at its limit" many_processes
scenario "a launcher that is alone in its group moves itself" own_group
scenario "a launcher that is not alone in its group starts nothing" busy_group
scenario "a sealed node has its devices, and the filter of them" devices
scenario "a machine boots ten sealed nodes at once" boot_ten
