# Runs in both guests of aarch64_test.ts, first. Nodes are on a disk in memory: the file system of the guest's root has no
# id-mapped mounts, which root's nodes with writable exports take.
CG=/sys/fs/cgroup
mke2fs /dev/ram0 >/dev/null 2>&1
mount -t ext4 /dev/ram0 /nodes
cp -r /prepared/* /nodes
chown -R 1000:1000 /nodes/of-user
mkdir -p /launchers
chmod 755 /launchers/* /bin/* 2>/dev/null

# nodes_by_name: NAME=DIRECTORY of each.
nodes_by_name() {
  find /nodes -name .rednode.yaml | sort | sed 's|/.rednode.yaml$||; s|^/nodes/\(.*\)$|\1=&|' |
    while IFS== read -r name directory; do echo "$(echo "$name" | tr / .)=$directory"; done
}
