# Runs in the guest of crowd_test.ts, behind _library.sh: $CROWD launches of children of one node at once, and launches that
# are killed while their groups are made.

G=$CG/redpak/node-nodes-crowd
CHILDREN=4

listed() { redpak ps --json | grep -o '"supervisor"' | wc -l; }

is_empty() { [ -z "$(ls "$1")" ] || { echo "left: $(ls "$1")"; return 1; }; }

# The crowd in random order.
shuffled() { awk 'BEGIN { srand() } { print rand(), $0 }' /tmp/crowd | sort -n | cut -d ' ' -f 2-; }

node /nodes/crowd "cgroups: { pids: { max: $((2 * CROWD + 1)) }, mem: { max: 512M } }"
for number in $(seq "$CHILDREN") more; do node /nodes/crowd/n$number 'die-with-parent: Enabled'; done
# Launchers: a start of redpak takes this machine most of a minute.
for number in $(seq "$CHILDREN"); do
  redpak seal /nodes/crowd/n$number --output /tmp/n$number -- sleep 100000
done
for number in $(seq "$CROWD"); do
  child=n$((number % CHILDREN + 1))
  launch /tmp/$child redpak/node-nodes-crowd/node-$child
  echo "$P $child" | tee -a /tmp/crowd
done

many_run() {
  is $G/pids.current $((2 * CROWD)) && between "$CROWD" "$(listed)" "$CROWD"
}

no_more() {
  refused 'Cannot start "program": resource temporarily unavailable (EAGAIN)' redpak run /nodes/crowd/nmore -- true &&
    gone $G/node-nmore && is $G/pids.peak $((2 * CROWD + 1)) && is $G/pids.current $((2 * CROWD))
}

# SIGKILL leaves groups and records: ps does not believe these, and the next launch sweeps.
they_end() {
  shuffled >/tmp/order
  number=0
  while read -r pid name; do
    number=$((number + 1))
    case $((number % 3)) in
      0) kill -TERM "$pid" ;;
      1) kill -KILL "$pid" ;;
      2) kill -KILL "$(tail -n 1 "$G/node-$name/run-$pid/cgroup.procs")" ;;
    esac
    until [ -z "$(cat "/proc/$pid/cmdline" 2>/dev/null)" ]; do sleep 0.1; done
    [ $number != $((CROWD / 2)) ] || half=$(listed)
  done </tmp/order
  between $((CROWD - CROWD / 2)) "$half" $((CROWD - CROWD / 2)) && between 0 "$(listed)" 0 || return 1
  node /nodes/plain
  redpak run /nodes/plain -- true
  gone $CG/redpak && is_empty /run/redpak
}

# Before each group is made, before the last is claimed, and at the very end of the launcher.
killed_while_groups_are_made() {
  for fault in mkdirat:2 mkdirat:3 mkdirat:4 flock:2 execveat:1; do
    strace -qq -o /tmp/log -e "trace=${fault%:*}" -e "inject=${fault%:*}:signal=KILL:when=${fault#*:}" \
      redpak run /nodes/plain -- true
    tail -n 1 /tmp/log | grep -q 'killed by SIGKILL' || { echo "$fault: not killed"; return 1; }
    find $CG/redpak -type d >>/tmp/left
  done
  grep -q 'redpak/node-nodes-plain/run-' /tmp/left || { echo "nothing was left"; return 1; }
  redpak run /nodes/plain -- true
  gone $CG/redpak && is_empty /run/redpak
}

scenario "so many launches of children of a node run at once, and are listed" many_run
scenario "their parent's limit bounds them together: there is no place for one more" no_more
scenario "they end in any order and way, ps is right, and nothing is left" they_end
scenario "what a launch leaves that is killed while it makes groups, the next one removes" killed_while_groups_are_made
