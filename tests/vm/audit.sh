# Runs in the guest of audit_test.ts, behind _library.sh.

G=$CG/redpak/node-nodes-limited
node /nodes/limited 'cgroups:' '  { cpuset: { cpus: 0 }, cpu: { weight_nice: -5, max: 30000 }, mem: { low: 1000000, max: 64M, swap_max: 0 }, io: { weight: 50 }, pids: { max: 30 } }'
node /nodes/limited/child 'cgroups: { mem: { max: 32M } }'
node /nodes/plain

clean() {
  said=$(redpak audit "$1" 2>&1) || { echo "$said"; return 1; }
}

# finds NODE TEXT…: audit says all of them, and that something is not as planned.
finds() {
  said=$(redpak audit "$1" 2>&1) && { echo "nothing found"; return 1; }
  shift
  for text in "$@"; do
    case $said in *"$text"*) ;; *) echo "not found: $text in: $said"; return 1 ;; esac
  done
}

limits() {
  start /nodes/limited redpak/node-nodes-limited 'exec sleep 1000' || return 1
  clean /nodes/limited || { stop $P; return 1; }
  cat $G/memory.max >/tmp/before
  echo max >$G/memory.max
  echo 40000 >$G/cpu.max
  echo 4096 >$G/memory.high
  echo 0 >$G/cpu.weight.nice
  echo 0 >$G/memory.low
  echo max >$G/memory.swap.max
  echo 31 >$G/pids.max
  finds /nodes/limited "memory.max of control group /redpak/node-nodes-limited: expected 64M, found max" \
    "configured at /nodes/limited/etc/redpak.yaml:9:" "cpu.max of control" "expected 30000 100000, found 40000 100000" \
    "memory.high of control" "expected max, found 4096" "cpu.weight.nice of" "memory.low of" "memory.swap.max of" \
    "expected 30, found 31"
  r=$?
  cat /tmp/before >$G/memory.max
  echo 30000 >$G/cpu.max
  echo max >$G/memory.high
  echo -5 >$G/cpu.weight.nice
  echo 1000000 >$G/memory.low
  echo 0 >$G/memory.swap.max
  echo 30 >$G/pids.max
  [ $r = 0 ] && clean /nodes/limited
  r=$?
  stop $P
  return $r
}

controller_taken_away() {
  start /nodes/limited redpak/node-nodes-limited 'exec sleep 1000' || return 1
  # The launch's own group has it as well, and the kernel takes none away above one that has it.
  { echo -memory >$G/cgroup.subtree_control && echo -memory >$CG/redpak/cgroup.subtree_control; } ||
    { stop $P; return 1; }
  finds /nodes/limited "memory.max of control group /redpak/node-nodes-limited: expected 64M, found no such file"
  r=$?
  stop $P
  return $r
}

process_outside() {
  start /nodes/limited redpak/node-nodes-limited 'exec sleep 1000' || return 1
  init=$(head -1 "$RUN/cgroup.procs")
  nsenter -t "$init" -m -u -i -n -p sleep 1000 &
  stranger=$!
  sleep 1
  finds /nodes/limited "(sleep): expected /redpak/node-nodes-limited/run-$P, found /"
  r=$?
  kill $stranger
  wait $stranger
  stop $P
  return $r
}

parent_limit() {
  start /nodes/limited/child redpak/node-nodes-limited/node-child 'exec sleep 1000' || return 1
  clean /nodes/limited/child || { stop $P; return 1; }
  echo 128M >$G/memory.max
  echo 16M >$G/node-child/memory.max
  finds /nodes/limited/child "configured at /nodes/limited/etc/redpak.yaml" "expected 64M, found 134217728" \
    "configured at /nodes/limited/child/etc/redpak.yaml" "expected 32M, found 16777216"
  r=$?
  stop $P
  return $r
}

all_moved_out() {
  start /nodes/plain redpak/node-nodes-plain 'exec sleep 1000' || return 1
  clean /nodes/plain || { stop $P; return 1; }
  for pid in $(cat "$RUN/cgroup.procs"); do echo "$pid" >$CG/cgroup.procs; done
  echo max >"$RUN/pids.max"
  finds /nodes/plain "pids.max of control group /redpak/node-nodes-plain/run-$P: expected 512, found max" \
    "(redpak-init): expected /redpak/node-nodes-plain/run-$P, found /" "(sleep): expected"
  r=$?
  stop $P
  return $r
}

# An ordinary user with a group of their own.
as_user() {
  mkdir -p $CG/user/shell
  chown -R user $CG/user
  echo "+memory +pids" >$CG/user/cgroup.subtree_control
  chown -R user /nodes/own
  (echo 0 >$CG/user/shell/cgroup.procs && exec su user -c 'redpak run /nodes/own -- sleep 1000') &
  for try in $(seq 100); do
    RUN=$(echo $CG/user/redpak/node-nodes-own/run-*)
    [ "$(cat "$RUN/cgroup.procs" 2>/dev/null | wc -l)" -ge 2 ] && break
    sleep 0.1
  done
  su user -c 'redpak audit /nodes/own' || return 1
  echo 2M >${RUN%/*}/memory.max
  said=$(su user -c 'redpak audit /nodes/own' 2>&1) && { echo "nothing found"; return 1; }
  case $said in *"memory.max of control group /user/redpak/node-nodes-own: expected 64M, found 2097152"*) ;; *) echo "$said"; return 1 ;; esac
  su user -c 'redpak stop /nodes/own'
  gone $CG/user/redpak
}
node /nodes/own 'cgrouproot: /user' 'cgroups: { mem: { max: 64M } }'

scenario "every limit that is changed is found with its line, and nothing on an untouched node" limits
scenario "a controller that is taken away is found" controller_taken_away
scenario "a process of the node outside of its group is found" process_outside
scenario "a limit of a parent that is changed is found in the child" parent_limit
scenario "the default limit and processes that have all been moved out are found" all_moved_out
scenario "an ordinary user sees the limits of a delegated group" as_user
