# Runs in the guest of battery_test.ts, with busybox: what the probe finds, each line behind the one who launches.
CG=/sys/fs/cgroup
chmod 755 /probe/*

mkdir -p /redpak-test-scene/data /redpak-test-scene/ro/sub
echo >/redpak-test-scene/secret
mount -t tmpfs sub /redpak-test-scene/ro/sub
chmod 777 /redpak-test-scene/ro/sub
mknod -m 666 /redpak-test-scene/data/device c 1 3
cp /probe/probe /redpak-test-scene/data/suid
chown 65534:65534 /redpak-test-scene/data/suid
chmod 6755 /redpak-test-scene/data/suid
mkfifo /redpak-test-scene/hold
/probe/host_marks /redpak-test-scene/data/socket </redpak-test-scene/hold >/redpak-test-scene/port &
MARKS=$!
exec 7>/redpak-test-scene/hold
until [ -s /redpak-test-scene/port ]; do sleep 0.1; done

# node NAME MODE: /data has this mode.
node() {
  mkdir -p /nodes/$1/etc
  printf 'realpath: /nodes/%s\ntimestamp: 1700000000000\nstate: Enable\n' $1 >/nodes/$1/.rednode.yaml
  cat >/nodes/$1/etc/redpak.yaml <<YAML
headers: { alias: $1 }
exports:
  - { mode: Restricted, mount: /bin }
  - { mode: Restricted, mount: /lib }
  - { mode: Restricted, mount: /lib64 }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
  - { mode: $2, mount: /data, path: /redpak-test-scene/data }
  - { mode: Restricted, mount: /ro, path: /redpak-test-scene/ro }
  - { mode: RestrictedFile, mount: /probe, path: /probe/probe }
config:
  path: /bin
YAML
}
# The file system of the guest's root has no id-mapped mounts, so that root can export it read-only.
node root Restricted
node user Public

# A group for an ordinary user, with what systemd would delegate.
echo "+memory +pids" >$CG/cgroup.subtree_control
delegate() {
  mkdir $CG/delegated-$1
  for file in "" /cgroup.procs /cgroup.subtree_control; do chown 1000:1000 $CG/delegated-$1$file; done
}

# launch CALLER PROGRAM…: a careless caller starts a program in a node, which it has a new group for.
CARELESS='cd /; exec 8</etc/passwd 9</; exec "$@"'
launch() {
  caller=$1
  shift
  set -- env HOST_SECRET=x /probe/attributes change sh -c "$CARELESS" sh redpak run /nodes/$caller -- "$@"
  LAUNCHES=$((LAUNCHES + 1))
  case $caller in
    root) "$@" 7>&- ;;
    user) delegate $LAUNCHES && (echo 0 >$CG/delegated-$LAUNCHES/cgroup.procs && exec su user -s /bin/sh -c 'exec "$@"' -- sh "$@") 7>&- ;;
  esac
}

for caller in root user; do
  [ $caller = root ] || chown 1000:1000 /redpak-test-scene/data
  launch $caller /probe /redpak-test-scene/secret $MARKS "$(cat /redpak-test-scene/port)" >/redpak-test-scene/found \
    2>/redpak-test-scene/said
  sed "s/^/$caller /" /redpak-test-scene/found
  sed "s/^/$caller said: /" /redpak-test-scene/said
  launch $caller /probe memory 1000000 2>/redpak-test-scene/said
  echo "$caller memory $?"
  sed "s/^/$caller said: /" /redpak-test-scene/said
done
