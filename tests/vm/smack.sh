# Smack, with the words of labels.sh.
KEY=smack LABEL=Node SHOWN=Node OTHER=Other
ELSEWHERE='apparmor: node'
CHANGE=_

mount -t securityfs securityfs /sys/kernel/security
mount -t smackfs smackfs /sys/fs/smackfs
mkdir /secret
# A new file has the label of who makes it.
sh -c 'echo Secret >/proc/self/attr/current; echo secret >/secret/file'
echo '_ Secret r' >/sys/fs/smackfs/load2

# What is made for a node has its label: the node could not write to the launcher's.
writes() {
  node /nodes/writes "$KEY: $LABEL"
  sed -i 's|^exports:|&\n  - { mode: Tmpfs, mount: /tmp }\n  - { mode: Private, mount: /data, path: /tmp/data/of/it }|' /nodes/writes/etc/redpak.yaml
  set -- sh -c 'for file in /tmp/made /data/made; do echo a >$file || exit; done; echo "all made"'
  redpak seal /nodes/writes --output /tmp/writes -- "$@" || return 1
  for launch in "redpak run /nodes/writes --" /tmp/writes; do
    rm -rf /tmp/data
    [ "$launch" = /tmp/writes ] && set --
    $launch "$@" >/tmp/said 2>&1
    is /tmp/said 'all made' || return 1
  done
}

as_service() {
  redpak seal /nodes/writes -- echo started || return 1
  left=$(redpak unit /nodes/writes | sed -n 's/^CapabilityBoundingSet=//p' | tr A-Z a-z | sed 's/cap_/+/g; s/ /,/g')
  [ "$(/bin/setpriv --bounding-set "-all,$left" --no-new-privs /nodes/writes/.redpak/launcher)" = started ]
}

of_a_user() {
  node /nodes/users "$KEY: $LABEL"
  refused 'only root can change its label' su user -s /bin/sh -c 'redpak run /nodes/users -- true'
}

scenario "a node can write to what is made for it, sealed or not" writes
scenario "a launcher has all the capabilities that its unit leaves it" as_service
scenario "a node of an ordinary user with a label starts nothing" of_a_user
