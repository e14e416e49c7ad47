# Runs in the guest of disks_test.ts, behind _library.sh: limits of a disk, which is a real one to the guest's kernel.

DISK=$(cat /sys/block/vda/dev)
G=$CG/redpak/node-nodes-disk
RATE=1048576
COST="ctrl=user model=linear rbps=100000000 rseqiops=10000 rrandiops=5000 wbps=90000000 wseqiops=9000 wrandiops=4000"

mkdir /disk
mke2fs /dev/vda >/dev/null
mount -t ext4 /dev/vda /disk
dd if=/dev/zero of=/disk/data bs=1M count=32 2>/dev/null
sync
node /nodes/disk 'cgroups:' "  { io: { cost_qos: '$DISK enable=1 ctrl=user rpct=95.00 rlat=10000 wpct=95.00 wlat=10000 min=50.00 max=150.00', cost_model: '$DISK $COST', weight: \"50\\n$DISK 200\", max: '$DISK rbps=$RATE wiops=20' } }"
node /nodes/disk/reader
sed -i 's|^config:|  - { mode: Restricted, mount: /data, path: /disk }\n&|' /nodes/disk/etc/redpak.yaml
start /nodes/disk/reader redpak/node-nodes-disk/node-reader \
  'while :; do dd if=/data/data of=/dev/null bs=64k iflag=direct 2>/dev/null; done'

values_are_written() {
  is $G/io.max "$DISK rbps=$RATE wbps=max riops=max wiops=20" && is $G/io.weight "default 50
$DISK 200" && is $CG/io.cost.model "$DISK $COST" && grep -q "^$DISK enable=1 ctrl=user rpct=95.00 rlat=10000 " $CG/io.cost.qos
}

bytes_read() { sed -n "s/^$DISK.*rbytes=\([0-9]*\).*/\1/p" $G/io.stat; }
hundredths() { sed 's/\.\(..\).*/\1/' /proc/uptime; }

# What has been read is compared with the time that it took; the kernel may give a part in advance.
reading_is_held_back() {
  from=$(bytes_read) begin=$(hundredths)
  sleep 5
  to=$(bytes_read) end=$(hundredths)
  between 1 $((to - from)) $((RATE * (end - begin) / 100 * 5 / 4 + 262144))
}

others_are_free() {
  begin=$(hundredths)
  dd if=/disk/data of=/dev/null bs=64k iflag=direct 2>/dev/null
  between 0 $(($(hundredths) - begin)) $((32 * 1048576 / RATE * 100))
}

no_such_disk() {
  node /nodes/other 'cgroups: { io: { max: "240:17 rbps=1048576" } }'
  refused 'for io.max (ENODEV)' redpak run /nodes/other -- true || return 1
  case $said in *"configured at /nodes/other/etc/redpak.yaml:8:12"*) ;; *) echo "$said"; return 1 ;; esac
  node /nodes/other 'cgroups: { io: { max: "/dev/vda rbps=1048576" } }'
  refused 'Cannot set io.max to "/dev/vda rbps=1048576": expected MAJOR:MINOR' redpak check /nodes/other || return 1
  case $said in *"configured at /nodes/other/etc/redpak.yaml:8:25"*) ;; *) echo "$said"; return 1 ;; esac
}

scenario "limits of a disk are in the kernel's files, with those of the whole machine" values_are_written
scenario "what a node reads from a disk stays below its parent's rate" reading_is_held_back
scenario "who has no limit reads faster" others_are_free
stop $P
scenario "a disk that does not exist, or by its name, is refused with the place" no_such_disk
