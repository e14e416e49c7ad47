# Runs in the guest of faults_test.ts, behind _library.sh: what can only be done to a whole machine. Ids are those of
# tests/security/catalogue/reliability.ts.

jump() { date -s "$1-01-01 00:00:00" >/dev/null; }

# stopped_in YEAR WORD SECONDS COMMAND: how a node comes to its end that has so much time for it, and whose program does
# COMMAND when it is asked to, if the clock jumps in between.
stopped_in() {
  redpak run /nodes/clock -- sh -c "trap 'echo asked; $4' TERM; echo ready; while :; do sleep 0.2; done" >/tmp/out &
  until grep -q ready /tmp/out; do sleep 0.1; done
  redpak stop --time "$3" clock >/tmp/stopped 2>&1 &
  stopping=$!
  until grep -q asked /tmp/out; do sleep 0.1; done
  jump "$1"
  wait $stopping
  case $(cat /tmp/stopped) in "$2 "*) ;; *) echo "not $2: $(cat /tmp/stopped)"; return 1 ;; esac
}

nodes_run() {
  node /nodes/clock 'cgroups: { pids: { max: 30 } }'
  jump 2026
  start /nodes/clock redpak/node-nodes-clock 'exec sleep 1000' || return 1
  jump 2036
  between 0 "$(redpak ps --json | sed 's/.*"uptimeSeconds":\([0-9]*\).*/\1/')" 3600
  r=$?
  jump 2016
  redpak audit clock || r=1
  stop $P
  return $r
}

nodes_are_stopped() {
  stopped_in 2036 stopped 600 'sleep 1; exit' && stopped_in 2016 killed 2 : && gone $CG/redpak
}

# judged STATUS: whether what a sealed launch printed is right, or it was refused with a reason.
judged() {
  if [ "$1" = 0 ]; then
    right=$((right + 1))
    [ "$(cat /tmp/got)" = "$usual" ] || { echo "$(cat /tmp/got) and not $usual"; return 1; }
  else
    refused=$((refused + 1))
    [ "$1" = 125 ] && [ ! -s /tmp/got ] && grep -q '^redpak: Cannot' /tmp/said || { echo "$1: $(cat /tmp/got /tmp/said)"; return 1; }
  fi
}

# What a node shows of its confinement.
SHOW='grep -c . /proc/self/mountinfo; grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status; cat /proc/self/uid_map'

# A start of redpak takes this machine long.
seal_full() {
  [ -e /tmp/full ] || { node /nodes/full && redpak seal /nodes/full --output /tmp/full -- sh -c "$SHOW"; } || return 1
  usual=$(/tmp/full)
  right=0 refused=0
  [ -n "$usual" ]
}

few_mounts() {
  seal_full || return 1
  usually=$(cat /proc/sys/fs/mount-max)
  mounts=$(grep -c . /proc/self/mountinfo)
  for more in $(seq 0 2 50); do
    echo $((mounts + more)) >/proc/sys/fs/mount-max
    /tmp/full >/tmp/got 2>/tmp/said
    status=$?
    echo "$usually" >/proc/sys/fs/mount-max
    judged $status || { echo "$more more mounts"; return 1; }
  done
  [ $right -gt 0 ] && [ $refused -gt 0 ] || { echo "$right right, $refused refused"; return 1; }
  [ "$(/tmp/full)" = "$usual" ] && [ "$(grep -c . /proc/self/mountinfo)" = "$mounts" ] && gone $CG/redpak
}

few_processes() {
  seal_full || return 1
  mkdir $CG/caller
  echo +pids >$CG/cgroup.subtree_control
  for most in 1 2 3 4 5; do
    echo $most >$CG/caller/pids.max
    sh -c "echo \$\$ >$CG/caller/cgroup.procs; exec /tmp/full" >/tmp/got 2>/tmp/said
    judged $? || { echo "at most $most processes"; return 1; }
  done
  rmdir $CG/caller
  [ $right -gt 0 ] && [ $refused -gt 0 ] || { echo "$right right, $refused refused"; return 1; }
  [ "$(/tmp/full)" = "$usual" ] && gone $CG/redpak
}

scenario "R20 the clock jumps ten years either way while a node runs, and it is what it was" nodes_run
scenario "R20 the clock jumps ten years either way while nodes are stopped, which have the time that they were given" nodes_are_stopped
scenario "R23 with few mounts a node starts as ever, or is refused, and starts when there are more" few_mounts
scenario "R23 with few processes a node starts as ever, or is refused, and starts when there are more" few_processes
