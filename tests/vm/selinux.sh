# SELinux, with the words of labels.sh.
KEY=selinux LABEL=u:r:node_t:s0 SHOWN=u:r:node_t:s0 OTHER=u:r:other_t:s0 ABSENT=u:r:absent_t:s0
ELSEWHERE='apparmor: node'
CHANGE=u:r:kernel_t:s0

mount -t securityfs securityfs /sys/kernel/security
mount -t selinuxfs selinuxfs /sys/fs/selinux
# The kernel takes a policy in a single write only.
dd if=/policy of=/sys/fs/selinux/load bs=1M 2>/dev/null
mkdir /secret
mount -t tmpfs -o context=u:object_r:secret_t:s0 secret /secret
echo secret >/secret/file
echo 1 >/sys/fs/selinux/enforce

# The exec comes after no_new_privs: a policy that allows the transition has to allow it then, too.
transition() {
  node /nodes/other "$KEY: $OTHER"
  refused 'no_new_privs' redpak run /nodes/other -- echo started
}

scenario "a transition that the policy does not allow under no_new_privs starts nothing" transition
