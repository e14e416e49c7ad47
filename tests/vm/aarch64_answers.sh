# Runs in both guests of aarch64_test.ts, last: starts every launcher, and shows behind the name of its node what the program
# finds, and what the kernel keeps it to from outside.

# In a node. It ends when its input does.
PROGRAM='state | tr "\0" "\n"; seccomp_probe | sed "s/^/call /"
for device in null ram1; do
  [ -e /dev/$device ] || continue
  (exec 3</dev/$device) 2>/dev/null && echo "reads $device"
  (exec 3>>/dev/$device) 2>/dev/null && echo "writes $device"
done
[ ! -x /bin/arm32 ] || { { arm32; status=$?; } 2>/dev/null; echo "another instruction set: $status"; }
echo "end of program"; cat'

# What is the machine's own, to know it again in what is found.
echo "machine memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) * 1024))"
for file in /proc/self/ns/*; do echo "machine namespace=$(readlink $file)"; done
sed 's/^/machine limit=/' /proc/self/limits
[ ! -x /bin/arm32 ] || { arm32; echo "machine arm32=$?"; }

SETTINGS='/(cpu\.(max|weight)|memory\.(high|low|max|oom\.group|swap\.max)|pids\.max)$'
mkfifo -m 666 /tmp/hold
echo "+memory +pids +cpu" >$CG/cgroup.subtree_control
# As systemd delegates one; it has a launcher and nothing else.
delegate() {
  mkdir $CG/delegated
  for file in "" /cgroup.procs /cgroup.subtree_control; do chown 1000:1000 $CG/delegated$file; done
}
AS_USER='echo 0 >/sys/fs/cgroup/delegated/cgroup.procs; exec su user -s /bin/sh -c '\''exec "$@"'\'' -- sh "$@"'

for node in $(nodes_by_name); do
  launcher=/launchers/${node%%=*}
  set -- env -i A=b "$launcher" -c "$PROGRAM"
  case $launcher in */of-user.*) delegate && set -- sh -c "$AS_USER" sh "$@" ;; esac
  (cd / && exec "$@" </tmp/hold >/tmp/found 2>&1) &
  exec 7>/tmp/hold
  for try in $(seq 300); do
    grep -q '^end of program' /tmp/found && break
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  (cd $CG && grep -H '' $(find . -path '*redpak*' -type f | grep -E "$SETTINGS" | sort)) 2>/dev/null |
    sed 's/run-[0-9]*/run/; s/^/group /' >>/tmp/found
  exec 7>&-
  wait $!
  echo "exit code $?" >>/tmp/found
  [ ! -e $CG/delegated ] || find $CG/delegated -depth -type d -exec rmdir {} +
  sed "s/^/of ${node%%=*}: /" /tmp/found
done
