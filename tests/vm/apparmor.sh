# AppArmor, with the words of labels.sh.
KEY=apparmor LABEL=node SHOWN='node (enforce)' OTHER=other ABSENT=absent
ELSEWHERE='selinux: u:r:t:s0'
CHANGE='changeprofile other'

mount -t securityfs securityfs /sys/kernel/security
cat /policy >/sys/kernel/security/apparmor/.load
mkdir /secret
echo secret >/secret/file

# A profile may be changed to another one until no_new_privs is set: the exec comes after it.
confined_launcher() {
  node /nodes/label "$KEY: $LABEL"
  refused 'no_new_privs' sh -c 'echo exec outer >/proc/self/attr/exec && exec redpak run /nodes/label -- echo started'
}

scenario "a launcher that is confined itself cannot give another profile" confined_launcher
