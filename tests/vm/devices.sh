# Runs in the guest of cgroups_test.ts, behind _library.sh: devices of nodes, where there is nothing but cgroup version 2.

TRUSTED='share_user: enabled, seccomp: none, capabilities: [{ cap: CAP_MKNOD, add: 1 }, { cap: CAP_SYS_ADMIN, add: 1 }]'

# trusted PATH DEVICES: a node that can make device nodes, and mounts a file system for them.
trusted() {
  mkdir -p "$1/etc"
  printf 'realpath: %s\ntimestamp: 1700000000000\nstate: Enable\n' "$1" >"$1/.rednode.yaml"
  cat >"$1/etc/redpak.yaml" <<YAML
headers: { alias: $(basename "$1") }
exports: [{ mode: Restricted, mount: /bin }, { mode: Devfs, mount: /dev }, { mode: Tmpfs, mount: /tmp }]
config: { path: /bin, $TRUSTED, devices: [$2] }
YAML
}

# opens NODE: of three device nodes that the node makes, how it can open them.
opens() {
  redpak run "$1" -- sh -c 'mount -t tmpfs x /tmp && cd /tmp && mknod zero c 1 5 && mknod log c 1 11 && mknod console c 4 64
    for f in zero log console; do (exec 3<$f) 2>/dev/null && printf "$f r,"; (exec 3>>$f) 2>/dev/null && printf "$f w,"; done'
}

made_otherwise() {
  trusted /nodes/maker ''
  # Without descriptors of the console, which the caller would give with them.
  got=$(opens /nodes/maker </dev/null 2>/tmp/said)
  [ "$got" = "zero r,zero w," ] || { echo "$got"; cat /tmp/said; return 1; }
  gone $CG/redpak
}

given() {
  trusted /nodes/reader '{ path: /dev/kmsg, access: r }'
  got=$(opens /nodes/reader </dev/null 2>/tmp/said)
  [ "$got" = "zero r,zero w,log r," ] || { echo "$got"; cat /tmp/said; return 1; }
}

children_are_bound() {
  trusted /nodes/reader/inner '{ path: /dev/kmsg, access: rw }'
  refused 'r only by /nodes/reader/etc/redpak.yaml' redpak run /nodes/reader/inner -- true
}

filter_is_audited() {
  node /nodes/watched
  start /nodes/watched redpak/node-nodes-watched 'sleep 1000' || return 1
  redpak audit /nodes/watched
  r=$?
  # One more, none, and another one.
  chmod 755 /bin/device_filter
  for step in add remove add; do
    device_filter $step "$RUN" || r=1
    said=$(redpak audit /nodes/watched 2>&1) && { echo "$step: nothing found"; r=1; }
    case $said in *"filter of devices: expected program "*) ;; *) echo "$step: $said"; r=1 ;; esac
  done
  stop $P
  return $r
}

# Whoever has started it is gone.
detached_filter_is_audited() {
  redpak seal --detach /nodes/watched --output /tmp/detached -- sleep 1000 || return 1
  for launch in "redpak run --detach /nodes/watched -- sleep 1000" /tmp/detached; do
    id=$($launch) && redpak audit "$id" || return 1
    RUN=$(ls -d $CG/redpak/node-nodes-watched/run-*)
    device_filter remove "$RUN" && device_filter add "$RUN"
    refused 'filter of devices: expected program ' redpak audit "$id"
    r=$?
    redpak stop "$id"
    [ $r = 0 ] || return 1
  done
}

scenario "a device node that a trusted node makes cannot be opened" made_otherwise
scenario "a device can be opened as it was given, by whichever device node" given
scenario "a child's access to a device is its parent's" children_are_bound
scenario "a filter of devices that is taken away, replaced or added is found" filter_is_audited
scenario "the replaced filter of a detached node is found" detached_filter_is_audited
