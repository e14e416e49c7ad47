import { type BootFile, type BootService, STOP_SECONDS } from "./boot_service.ts";

/**
 * A script for machines without systemd: as LSB has it, and by its name in its place among those that busybox's init of many
 * distributions starts in order (`/etc/init.d/S??*`).
 *
 * Which process is the node's, redpak's own record says: `/run/redpak/NAMESPACE.PID.STARTED.json`, which counts while the process with
 * that number was started then and is this launcher. Nothing is written that could be out of date.
 */
export function initScript(service: BootService): BootFile {
  const { node, name, description, command: [launcher], after, level } = service;
  const required = ["$local_fs", ...after].join(" ");
  const text = `#!/bin/sh
# Written by redpak unit ${node}
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    ${required}
# Required-Stop:     ${required}
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: ${description}
### END INIT INFO

launcher=${shellWord(launcher)}

# The process that supervises the node.
supervisor() {
  for record in /run/redpak/*.json; do
    started=\${record##*/} started=\${started#*.}
    pid=\${started%%.*} started=\${started#*.}
    case $(readlink "/proc/$pid/exe") in
      "$launcher" | "$launcher (deleted)") ;;
      *) continue ;;
    esac
    read -r status 2>/dev/null <"/proc/$pid/stat" || continue
    # The 22nd field, of those behind the name.
    set -- \${status##*)}
    shift 19
    [ "$1.json" = "$started" ] && echo "$pid" && return
  done
  return 1
}

start() {
  supervisor >/dev/null && return
  setsid "$launcher" </dev/null >/dev/null 2>&1 &
}

stop() {
  pid=$(supervisor) || return 0
  kill -TERM "$pid"
  seconds=${STOP_SECONDS}
  while [ "$(supervisor)" = "$pid" ]; do
    # With the supervisor all of the node ends.
    [ $seconds -gt 0 ] || kill -KILL "$pid"
    seconds=$((seconds - 1))
    sleep 1
  done
}

case $1 in
  start) start ;;
  stop) stop ;;
  restart | force-reload) stop && start ;;
  status)
    if pid=$(supervisor); then
      echo "${name} is running: $pid"
    else
      echo "${name} is not running"
      exit 3
    fi
    ;;
  *)
    echo "usage: $0 start|stop|restart|status" >&2
    exit 2
    ;;
esac
`;
  return { name: `S${Math.min(50 + level, 99)}${name}`, text, mode: 0o755 };
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
