# Scenarios for the modules that label a program with its exec, behind those for each: a label that is ABSENT.
of_a_user() { refused 'Permission denied' su user -s /bin/sh -c 'redpak run /nodes/label -- cat /secret/file'; }

unknown() {
  confine /nodes/unknown "$KEY: $ABSENT"
  refused "Cannot apply the label \"$ABSENT\"" redpak run /nodes/unknown -- true
}

scenario "a node of an ordinary user has its label, too" of_a_user
scenario "an unknown label starts nothing" unknown
