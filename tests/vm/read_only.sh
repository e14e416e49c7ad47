# Scenarios of labels_test.ts at the end of a machine: nothing can be written from here on but /run, then nothing at all.

nothing_but_run() {
  node /nodes/still
  mount -o remount,ro,bind / && umount /tmp || return 1
  redpak run /nodes/still -- sleep 1005 &
  launcher=$!
  for try in $(seq 60); do
    redpak ps | grep -q /nodes/still && break
    sleep 0.1
  done
  redpak stop /nodes/still || return 1
  wait $launcher
  [ $? = 143 ] && ! redpak ps | grep -q /nodes/still
}

nothing_at_all() {
  mount -o remount,ro,bind /run || return 1
  redpak run /nodes/still -- echo started >/dev/null || return 1
  redpak run /nodes/still -- true 2>&1 | grep -q 'will not find this node'
}

scenario "with nothing but /run to write to, nodes are run, listed and stopped" nothing_but_run
scenario "with nothing to write to at all, a node runs, and redpak warns" nothing_at_all
