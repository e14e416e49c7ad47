# What the scripts of this folder have in common, in the guest and with busybox: each scenario prints `ok NAME` or
# `not ok NAME: REASON`.
CG=/sys/fs/cgroup

# node PATH CONFIG: writes a node; its limits and other keys of `config` are YAML in flow style.
node() {
  mkdir -p "$1/etc"
  printf 'realpath: %s\ntimestamp: 1700000000000\nstate: Enable\n' "$1" >"$1/.rednode.yaml"
  cat >"$1/etc/redpak.yaml" <<YAML
headers: { alias: $(basename "$1") }
exports:
  - { mode: Restricted, mount: /bin }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
config:
  path: /bin
  $2
  $3
YAML
}

# start NODE GROUP COMMAND: a node in the background. P is its launcher, RUN the group of the launch.
start() {
  redpak run "$1" -- sh -c "$3" &
  await_program "$2"
}

# launch LAUNCHER GROUP: a sealed node in the background. P is its supervisor, RUN the group of the launch.
launch() {
  "$1" &
  await_program "$2"
}

# Of what was put into the background last.
await_program() {
  P=$!
  RUN=$CG/$1/run-$P
  for try in $(seq 200); do
    # Init and the program.
    [ "$(cat "$RUN/cgroup.procs" 2>/dev/null | wc -l)" -ge 2 ] && return
    sleep 0.1
  done
  echo "no program in $RUN"
  return 1
}

stop() {
  for pid in "$@"; do kill -TERM "$pid"; done
  for pid in "$@"; do wait "$pid"; done
  return 0
}

# is FILE VALUE: compares a file's content.
is() {
  [ "$(cat "$1")" = "$2" ] || { echo "$1 is \"$(cat "$1")\" and not \"$2\""; return 1; }
}

# between LOW VALUE HIGH
between() {
  [ "$1" -le "$2" ] && [ "$2" -le "$3" ] || { echo "$2 is not from $1 to $3"; return 1; }
}

gone() {
  [ ! -e "$1" ] || { echo "still there: $(find "$1" -type d | tr '\n' ' ')"; return 1; }
}

# refused TEXT COMMAND…: the command fails and says so.
refused() {
  text=$1
  shift
  if said=$("$@" 2>&1); then echo "not refused"; return 1; fi
  case $said in *"$text"*) ;; *) echo "$said"; return 1 ;; esac
}

# count WORD FILE: the number behind a word of memory.events and the like.
count() { sed -n "s/^$1 //p" "$2"; }

# pid_of COMMAND: the process of a whole command line.
pid_of() {
  for directory in /proc/[0-9]*; do
    [ "$(tr '\0' ' ' 2>/dev/null <"$directory/cmdline")" = "$1 " ] || continue
    echo "${directory#/proc/}"
    return
  done 2>/dev/null
  return 1
}

scenario() {
  if said=$($2 2>&1); then echo "ok $1"; else echo "not ok $1: $(echo "$said" | tr '\n' ' ' | cut -c 1-500)"; fi
}
