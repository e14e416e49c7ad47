# Runs in the guest of cgroups_test.ts, behind _library.sh.

# More memory than there is, with a process that stays calm.
HOARD='sleep 1000 & x=aaaaaaaa; while :; do x=$x$x; done'
# As many processes as there can be; the second stays calm when there are no more.
BOMB='exec 2>/dev/null; b() { b | b & }; b; sleep 1000'
FILL='exec 2>/dev/null; (while :; do sleep 1000 & done); exec sleep 1000'

values_are_written() {
  node /nodes/limited 'cgroups:' '  { cpuset: { cpus: 0, mems: 0 }, cpu: { weight: 50, max: "30000 60000" }, mem: { min: 1M, low: 2M, high: 60M, max: 64M, oom_group: 1, swap_high: 1M, swap_max: 2M }, io: {}, pids: { max: 30 } }'
  start /nodes/limited redpak/node-nodes-limited 'sleep 1000' || return 1
  G=$CG/redpak/node-nodes-limited
  is $G/cpuset.cpus 0 && is $G/cpuset.mems 0 && is $G/cpu.weight 50 && is $G/cpu.max "30000 60000" &&
    is $G/memory.min 1048576 && is $G/memory.low 2097152 && is $G/memory.high 62914560 && is $G/memory.max 67108864 &&
    is $G/memory.oom.group 1 && is $G/memory.swap.high 1048576 && is $G/memory.swap.max 2097152 && is $G/pids.max 30 &&
    grep -q io $G/cgroup.controllers
  r=$?
  stop $P
  return $r
}

only_the_node_is_limited() {
  start /nodes/limited redpak/node-nodes-limited 'exec sleep 1000' || return 1
  # Init and the program are in the group; the process that waits for them is not.
  is $CG/redpak/node-nodes-limited/pids.current 2 && ! grep -qx $P "$RUN/cgroup.procs"
  r=$?
  stop $P
  return $r
}

groups_end_with_the_node() {
  redpak run /nodes/limited -- true && gone $CG/redpak
}

default_limit() {
  node /nodes/plain
  start /nodes/plain redpak/node-nodes-plain 'sleep 1000' || return 1
  program=$(tail -n 1 "$RUN/cgroup.procs")
  is "$RUN/pids.max" 512 && is $CG/redpak/node-nodes-plain/pids.max max && ! grep 'Max processes *512 ' "/proc/$program/limits"
  r=$?
  stop $P
  gone $CG/redpak && return $r
}

default_memory() {
  start /nodes/plain redpak/node-nodes-plain 'sleep 1000' || return 1
  program=$(tail -n 1 "$RUN/cgroup.procs")
  half=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) * 1024 / 2 / 4096 * 4096))
  is "$RUN/memory.max" "$half" && is "$RUN/memory.oom.group" 1 && grep -q 'Max data size *unlimited' "/proc/$program/limits"
  r=$?
  stop $P
  runs_out_of_memory /nodes/plain || return 1
  gone $CG/redpak && return $r
}

# runs_out_of_memory NODE: with a status and a message.
runs_out_of_memory() {
  redpak run "$1" -- sh -c "$HOARD" 2>/tmp/said
  status=$?
  [ $status = 137 ] && grep -q 'it ran out of memory$' /tmp/said || { echo "status $status: $(cat /tmp/said)"; return 1; }
}

own_view() {
  [ "$(redpak run /nodes/plain -- cat /proc/self/cgroup)" = "0::/" ]
}

fork_bomb() {
  start /nodes/limited redpak/node-nodes-limited "$BOMB" || return 1
  sleep 2
  is $CG/redpak/node-nodes-limited/pids.peak 30 && true | cat
  r=$?
  stop $P
  gone $CG/redpak && return $r
}

memory_bomb() {
  runs_out_of_memory /nodes/limited || return 1
  dmesg | grep -q 'memory.oom.group set' || { dmesg | tail -3; return 1; }
  gone $CG/redpak
}

# Who is killed and who is told is the launch that the memory is of, whoever's limit it is.
memory_of_one_launch() {
  node /nodes/tight 'cgroups: { mem: { max: 64M, swap_max: 0 } }'
  node /nodes/tight/one
  start /nodes/tight redpak/node-nodes-tight "exec sleep 1000" 2>/tmp/said_beside || return 1
  for hoarder in /nodes/tight /nodes/tight/one; do
    runs_out_of_memory $hoarder && is "$RUN/pids.current" 2 || { stop $P; return 1; }
  done
  stop $P
  [ ! -s /tmp/said_beside ] || { cat /tmp/said_beside; return 1; }
  gone $CG/redpak
}

memory_of_one_process() {
  node /nodes/loose 'cgroups: { mem: { max: 64M, oom_group: 0 } }'
  redpak run /nodes/loose -- sh -c "sh -c '$HOARD'; echo goes on with \$?" >/tmp/printed 2>/tmp/said
  status=$?
  is /tmp/printed "goes on with 137" && [ $status = 0 ] && grep -q 'it ran out of memory$' /tmp/said && gone $CG/redpak
}

processor_hog() {
  node /nodes/hog 'cgroups: { cpu: { max: 20000 } }'
  start /nodes/hog redpak/node-nodes-hog 'while :; do :; done' || return 1
  G=$CG/redpak/node-nodes-hog
  is $G/cpu.max "20000 100000"
  from=$(count usage_usec $G/cpu.stat) begin=$(sed 's/\.\(..\).*/\10000/' /proc/uptime)
  sleep 4
  to=$(count usage_usec $G/cpu.stat) end=$(sed 's/\.\(..\).*/\10000/' /proc/uptime)
  between 10 $(((to - from) * 100 / (end - begin))) 30
  r=$?
  stop $P
  return $r
}

children_together() {
  node /nodes/parent 'cgroups: { pids: { max: 30 } }'
  node /nodes/parent/one 'cgroups: { pids: { max: 20 } }'
  node /nodes/parent/two
  G=$CG/redpak/node-nodes-parent
  start /nodes/parent/one redpak/node-nodes-parent/node-one "$FILL" || return 1
  one=$P
  start /nodes/parent/two redpak/node-nodes-parent/node-two "$FILL" || return 1
  sleep 2
  # Linux 6.1 has the highest number of processes that there has been.
  is $G/pids.peak 30 && between 10 "$(cat $G/node-one/pids.peak)" 20
  r=$?
  stop $one $P
  gone $CG/redpak && return $r
}

old_values_are_reset() {
  start /nodes/limited redpak/node-nodes-limited 'sleep 1000' || return 1
  G=$CG/redpak/node-nodes-limited
  node /nodes/limited 'cgroups: { cpu: { weight_nice: -1 } }'
  redpak run /nodes/limited -- true
  for file in memory.min=0 memory.low=0 memory.high=max memory.max=max memory.oom.group=0 memory.swap.high=max \
    memory.swap.max=max pids.max=max cpu.weight.nice=-1 cpuset.cpus.effective=0; do
    is "$G/${file%%=*}" "${file#*=}" || { stop $P; return 1; }
  done
  is $G/cpu.max "max 100000"
  r=$?
  stop $P
  gone $CG/redpak && return $r
}

killed_launches_are_swept() {
  node /nodes/dies 'die-with-parent: Enabled'
  start /nodes/dies redpak/node-nodes-dies 'sleep 1000' || return 1
  kill -KILL $P
  wait $P
  [ -d "$RUN" ] || { echo "nothing is left to sweep"; return 1; }
  redpak run /nodes/plain -- true
  gone $CG/redpak
}

# All of a node ends with its launcher: who is there is somebody else.
strangers_are_left_alone() {
  start /nodes/plain redpak/node-nodes-plain 'sleep 1000' || return 1
  kill -KILL $P
  wait $P
  left=$RUN
  sleep 1000 &
  stranger=$!
  echo $stranger >"$left/cgroup.procs"
  redpak run /nodes/hog -- true
  grep -qx $stranger "$left/cgroup.procs"
  r=$?
  kill $stranger
  wait $stranger
  redpak run /nodes/hog -- true
  gone $CG/redpak && return $r
}

same_node_twice() {
  start /nodes/plain redpak/node-nodes-plain 'sleep 1000' || return 1
  first=$P
  redpak run /nodes/plain -- true || { stop $first; return 1; }
  [ -n "$(cat "$RUN/cgroup.procs")" ]
  r=$?
  stop $first
  gone $CG/redpak && return $r
}

many_at_once() {
  pids=
  for number in 1 2 3 4 5 6; do
    redpak run /nodes/parent/one -- true &
    pids="$pids $!"
  done
  r=0
  for pid in $pids; do wait "$pid" || r=1; done
  gone $CG/redpak && return $r
}

daemons_end_with_the_node() {
  node /nodes/shared 'share_pid: enabled'
  redpak run /nodes/shared -- sh -c '(setsid sleep 7777 &) ; (setsid sh -c "sleep 7777 & sleep 7777" &); sleep 0.3'
  gone $CG/redpak || return 1
  if pgrep -f 'sleep 7777' >/dev/null; then echo "a daemon lives on"; return 1; fi
}

missing_controller() {
  mkdir -p $CG/a/b
  node /nodes/below 'cgrouproot: /a/b' 'cgroups: { mem: { max: 1G } }'
  refused 'delegation stops at "/sys/fs/cgroup/a"' redpak run /nodes/below -- true &&
    refused '/nodes/below/etc/redpak.yaml:9' redpak run /nodes/below -- true
  r=$?
  rmdir $CG/a/b $CG/a
  return $r
}

no_such_root() {
  node /nodes/lost 'cgrouproot: $CGROUPS_MOUNT_POINT/lost' 'cgroups: { mem: { max: 1G } }'
  refused 'there is no group "/sys/fs/cgroup/lost"' redpak run /nodes/lost -- true
}

busy_root() {
  mkdir $CG/busy
  sleep 1000 &
  other=$!
  echo $other >$CG/busy/cgroup.procs
  node /nodes/busy 'cgrouproot: /busy' 'cgroups: { pids: { max: 30 } }'
  refused 'Delegate=yes' redpak run /nodes/busy -- true
  r=$?
  is $CG/busy/cgroup.procs $other || r=1
  is $CG/busy/cgroup.subtree_control "" || r=1
  kill $other
  wait $other
  rmdir $CG/busy || r=1
  return $r
}

alone_in_its_group() {
  mkdir $CG/alone
  node /nodes/service 'cgroups: { pids: { max: 30 } }'
  (echo 0 >$CG/alone/cgroup.procs && exec redpak run /nodes/service -- sleep 1000) &
  P=$!
  for try in $(seq 200); do
    [ -n "$(cat $CG/alone/redpak/node-nodes-service/run-$P/cgroup.procs 2>/dev/null)" ] && break
    sleep 0.1
  done
  is $CG/alone/redpak/supervisor/cgroup.procs $P && is $CG/alone/redpak/node-nodes-service/pids.max 30
  r=$?
  stop $P
  rmdir $CG/alone/redpak/supervisor $CG/alone/redpak $CG/alone || r=1
  return $r
}

crowded_default() {
  mkdir $CG/crowd
  sh -c "echo 0 >$CG/crowd/cgroup.procs; redpak run /nodes/plain -- cat /proc/self/cgroup; true" | grep -q '^0::/$'
  r=$?
  rmdir $CG/crowd || r=1
  return $r
}

unavailable_processors() {
  node /nodes/cpus 'cgroups: { cpuset: { cpus: 7 } }'
  refused 'cpuset.cpus' redpak run /nodes/cpus -- true && gone $CG/redpak
}

unknown_device() {
  node /nodes/device 'cgroups: { io: { max: "240:17 rbps=1048576" } }'
  refused 'for io.max (ENODEV)' redpak run /nodes/device -- true && gone $CG/redpak
}

machine_wide_values() {
  mkdir $CG/part
  node /nodes/cost 'cgrouproot: /part' 'cgroups: { io: { cost_qos: "8:0 enable=1" } }'
  refused 'io.cost.qos belongs to the whole machine' redpak run /nodes/cost -- true
  r=$?
  rmdir $CG/part
  return $r
}

failed_launch() {
  refused '(ENOENT)' redpak run /nodes/hog -- /bin/absent && gone $CG/redpak
}

read_only_groups() {
  mount -o remount,ro,bind $CG || return 1
  refused 'read-only file system (EROFS)' redpak run /nodes/hog -- true && redpak run /nodes/plain -- true
  r=$?
  mount -o remount,rw,bind $CG
  return $r
}

read_only_root() {
  mount -o remount,ro,bind / || return 1
  redpak run /nodes/limited -- true && gone $CG/redpak
}

# The program is all there is of the node: nobody waits to remove its groups.
detached_alone() {
  node /nodes/alone 'init: none' 'cgroups: { mem: { max: 64M } }'
  id=$(redpak run --detach /nodes/alone -- sleep 1000) || return 1
  RUN=$(echo $CG/redpak/node-nodes-alone/run-*)
  is "$RUN/pids.current" 1 && is "$RUN/cgroup.procs" "${id##*-}" && redpak audit "$id" &&
    redpak stats "$id" --json | grep '"source":"cgroup"' &&
    [ "$(redpak enter "$id" -- cat /proc/self/cgroup)" = "0::/" ] || return 1
  kill -KILL "${id##*-}"
  for try in $(seq 100); do
    redpak ps | grep -q alone- || break
    sleep 0.1
  done
  gone $CG/redpak || return 1
  id=$(redpak run --detach /nodes/alone -- sleep 1000) && redpak stop "$id" && gone $CG/redpak || return 1
  id=$(redpak run --detach /nodes/alone -- true) && redpak run /nodes/alone -- true && gone $CG/redpak
}

scenario "every value is in its file" values_are_written
scenario "init and the program count, nobody else of redpak does" only_the_node_is_limited
scenario "the groups end with the node" groups_end_with_the_node
scenario "512 processes is the limit of a launch where nothing is said" default_limit
scenario "half of the memory is the limit of a launch where nothing is said" default_memory
scenario "the node sees its own group as the root" own_view
scenario "a fork bomb stays in its limit, and the machine can start programs" fork_bomb
scenario "out of memory, a node with oom_group ends as a whole with status 137" memory_bomb
scenario "out of memory, a launch ends alone and says so, be it the limit of its node or of a parent" memory_of_one_launch
scenario "out of memory, a node without oom_group loses one process, and says so" memory_of_one_process
scenario "a hog gets the share of the processor that it may have" processor_hog
scenario "a parent's limit bounds two children together" children_together
scenario "values of before are reset, in one step each" old_values_are_reset
scenario "what a launch that was killed has left is swept by the next one" killed_launches_are_swept
scenario "where a launch was killed, a group with processes is left alone" strangers_are_left_alone
scenario "two launches of a node do not end each other" same_node_twice
scenario "a detached program is alone in its group, which is removed by who finds that it has ended" detached_alone
scenario "launches at the same time all succeed and leave nothing" many_at_once
scenario "daemons in the host's process namespace end with the node" daemons_end_with_the_node
scenario "a missing controller is named, and where delegation stops" missing_controller
scenario "a root that does not exist is named" no_such_root
scenario "a root with processes is refused, and nothing is changed" busy_root
scenario "a launcher that is alone in its group makes room" alone_in_its_group
scenario "beside other processes, a node without limits starts without a group" crowded_default
scenario "processors that there are not are refused" unavailable_processors
scenario "a device that there is not is refused" unknown_device
scenario "values of the whole machine are refused below the root" machine_wide_values
scenario "a launch that fails leaves no group" failed_launch
scenario "a read-only tree is refused where there are limits" read_only_groups
scenario "limits work with a read-only root file system" read_only_root
