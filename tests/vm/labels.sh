# Scenarios for each security module, after what sets it up and gives the words: KEY of the configuration, LABEL of a node
# and how it is SHOWN, an OTHER one, what a program writes to CHANGE its own, and a label of a module that is ELSEWHERE.

# confine NODE CONFIG…: a node that shows the secret to those who may read it.
confine() { node "$1" "$2" "$3"; sed -i 's|^exports:|&\n  - { mode: Restricted, mount: /secret }|' "$1/etc/redpak.yaml"; }

# shows PID: the label that the kernel shows of a process.
shows() { is "/proc/$1/attr/current" "$SHOWN"; }

running() {
  for try in $(seq 300); do
    P=$(pid_of "$1") && return
    sleep 0.1
  done
  echo "no process $1"
  return 1
}

from_start_to_end() {
  confine /nodes/label "$KEY: $LABEL"
  redpak run /nodes/label -- sleep 1001 &
  node=$!
  running 'sleep 1001' && shows "$P" && redpak audit /nodes/label && entered && joined
  r=$?
  stop $node
  return $r
}

entered() {
  redpak enter /nodes/label -- sleep 1002 &
  running 'sleep 1002' && shows "$P"
}

joined() {
  nsenter -t "$P" -m -u -i -n -p sleep 1003 &
  running 'sleep 1003' && refused "expected $LABEL, found " redpak audit /nodes/label
}

sealed() {
  redpak seal /nodes/label --output /tmp/label -- sh -c 'cat /secret/file; exec sleep 1005' || return 1
  /tmp/label >/tmp/said 2>&1 &
  node=$!
  running 'sleep 1005' && shows "$P" && is /tmp/said "cat: can't open '/secret/file': Permission denied" && redpak audit /nodes/label
  r=$?
  stop $node
  return $r
}

denial_holds() {
  confine /nodes/free
  [ "$(redpak run /nodes/free -- cat /secret/file)" = secret ] || return 1
  refused 'Permission denied' redpak run /nodes/label -- cat /secret/file
}

no_change() {
  redpak run /nodes/label -- sh -c "echo started; ! echo $CHANGE >/proc/self/attr/current" | grep -q started
}

children() {
  confine /nodes/label/child
  refused 'Permission denied' redpak run /nodes/label/child -- cat /secret/file || return 1
  confine /nodes/label/child "$KEY: $OTHER"
  refused "$KEY can be \"$LABEL\" or left out here" redpak run /nodes/label/child -- true
}

other_module() {
  confine /nodes/elsewhere "$ELSEWHERE"
  refused "its security modules are $(sed 's/,/, /g' /sys/kernel/security/lsm)" redpak run /nodes/elsewhere -- true
}

# What a node has at /proc is none of the stage's business.
without_proc() {
  node /nodes/fake "$KEY: $LABEL"
  sed -i 's/mode: Procfs/mode: Tmpfs/' /nodes/fake/etc/redpak.yaml
  redpak run /nodes/fake -- sleep 1004 &
  running 'sleep 1004' && shows "$P"
  r=$?
  stop $!
  return $r
}

scenario "the program has its label, so has who enters, and audit finds who has not" from_start_to_end
scenario "the program of a sealed node has the label of the unsealed one, and what that denies" sealed
scenario "what the label denies is denied inside of the node" denial_holds
scenario "a program cannot change its label" no_change
scenario "a child has its parent's label, and can have no other" children
scenario "a label of a module that does not run is refused with those that do" other_module
scenario "a label does not depend on the node's /proc" without_proc
