/** What a program of a node sees, to compare launches by; and nodes that differ in it. */
import { PATH, type Scratch, SYSTEM } from "./_node.ts";

/** What a program can find out about its surroundings; device numbers and ids of mounts are new each time. */
export const SHOW = `
cut -d' ' -f4- /proc/self/mountinfo | sed 's/ - / /' | sort
for name in user mnt pid ipc uts net cgroup time; do readlink /proc/self/ns/$name; done
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig[^Q])' /proc/self/status
cat /proc/self/limits /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups /proc/1/comm 2>&1
tr '\\0' '\\n' </proc/self/environ | sort; cat /proc/1/cmdline 2>&1 | tr '\\0' '\\n'
pwd; umask; hostname; [ $PPID != 1 ] || echo $$; ls -l /proc/self/fd | sed 's/.* \\([0-9]*\\) -> /\\1 /'
find / -xdev -printf '%p %y %m %U %G %l\\n' | sort
find /dev /dev/pts /tmp /data -xdev -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort`;

/** Namespaces that are new have a new number each time. */
export function normalize(text: string): string {
  const names = ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup", "time"];
  const shared = names.map((name) => Deno.readLinkSync(`/proc/self/ns/${name}`));
  return text.replace(/^(\w+):\[\d+\]$/gm, (link, name) => shared.includes(link) ? link : `${name} of its own`)
    .replace(/\b(pipe|socket):\[\d+\]/g, "$1").replace(/^3 .*\n/m, "");
}

const EXPORTS = (path: string) => `
  - { mode: Public, mount: /data, path: ${path}/data }
  - { mode: Restricted, mount: /data/below, path: ${path}/made/by/launch }
  - { mode: RestrictedFile, mount: /etc/file, path: ${path}/file }
  - { mode: PublicFile, mount: /absent, path: ${path}/absent, optional: true }
  - { mode: Anonymous, mount: /anonymous/directory }
  - { mode: Symlink, mount: /link, path: /etc/file }
  - { mode: Execfd, mount: /etc/made, path: echo made }
  - { mode: Mqueue, mount: /dev/mqueue }
`;

export const NODES: Readonly<Record<string, (path: string) => string>> = {
  "the usual exports": () => SYSTEM + PATH,
  "all modes of exports": (path) => SYSTEM.trimEnd() + EXPORTS(path) + PATH,
  "exports below those that init makes": (path) =>
    SYSTEM.trimEnd() + `\n  - { mode: RestrictedFile, mount: /proc/version, path: ${path}/file }\n` + PATH,
  "another user, host name, umask and directory": (path) =>
    SYSTEM.trimEnd() + EXPORTS(path) + PATH + "  set-user: 1234\n  set-group: 77\n  hostname: box\n  umask: 027\n" +
    "  chdir: /tmp\n",
  "map-root-user and capabilities": () =>
    SYSTEM + PATH + "  set-user: 1234\n  map-root-user: 1\n  capabilities: [ { cap: CAP_CHOWN, add: 1 } ]\n",
  "shared namespaces": (path) =>
    SYSTEM.trimEnd() + EXPORTS(path) + PATH + "  share_user: enabled\n  share_pid: enabled\n  share_ipc: enabled\n" +
    "  share_net: enabled\n  share_cgroup: enabled\n",
  "nothing but processes in /proc": () => SYSTEM + PATH + "  proc: pid\n  set-user: 1234\n",
  "namespaces that are joined, a time of its own": () =>
    SYSTEM + PATH + "  share_net: /proc/self/ns/net\n  share_time: disabled\n  inherit-env: true\n",
};

/** What the exports of the nodes need. */
export function fill(scratch: Scratch): void {
  scratch.file("file", "content\n");
  scratch.file("data/inner/file", "content\n");
}
