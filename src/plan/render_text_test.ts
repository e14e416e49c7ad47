import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { arbitraryPlan } from "./_arbitrary_plan.ts";
import { plan } from "./_fixtures.ts";
import { renderPlan } from "./render_text.ts";

Deno.test("a plan reads like this", () => {
  const where = { file: "/n/etc/redpak.yaml", line: 9, column: 3 };
  const rendered = renderPlan(plan({
    exports: [
      { mode: "Restricted", mount: "/bin", path: "/usr/bin" },
      { mode: "Execfd", mount: "/etc/passwd", path: "getent passwd" },
      { mode: "Symlink", mount: "/lib", path: "usr/lib" },
      { mode: "RestrictedFile", mount: "/my file", path: "/my file", optional: true },
      { mode: "Procfs", mount: "/proc", path: "" },
    ],
    scalars: { hostname: "box", "die-with-parent": "Enabled", "set-user": "alice" },
    sharing: { net: { join: "/run/netns/a" } },
    capabilities: [{ cap: "CAP_CHOWN", add: true }],
    path: ["/bin"],
    rest: { pending: [{ command: "getent passwd", use: "export", where }] },
  }, { arguments: ["sh", "-c", "echo $HOME"], reportDescriptor: 4 }));
  assert.equal(rendered, EXPECTED);
});

const EXPECTED = `plan of /n (a)

before: commands of the configuration
  "getent passwd"  # /n/etc/redpak.yaml:9:3

host phase: the launcher
  device-filter                                               "char 1:3 rw, 1:5, 1:7, 1:8, 1:9, 5:0, 5:2, 136-143:*",optional
  unshare            mount
  make-private
  ensure-directory   /usr/bin                                 mode=0755,uid=1000,gid=100                       # /n/etc/redpak.yaml:1:1
  root               /                                        nosuid,nodev,noexec,mode=0755,uid=2086011880,gid=2086010980,size=16M,nr_inodes=4096
  bind               /usr/bin → /bin                          ro,nosuid,nodev                                  # /n/etc/redpak.yaml:1:1
  file               output of "getent passwd" → /etc/passwd  mode=0666,uid=2086011880,gid=2086010980          # /n/etc/redpak.yaml:2:1
  symlink            /lib → usr/lib                                                                            # /n/etc/redpak.yaml:3:1
  bind               "/my file" → "/my file"                  ro,nosuid,nodev,optional,file                    # /n/etc/redpak.yaml:4:1

init phase: the supervisor
  report             to descriptor 4
  reset-attributes
  session-keyring
  memfd-noexec
  join               net of /run/netns/a                                                                       # /n/etc/redpak.yaml:1:1
  clone              mount,cgroup,uts,ipc,user,pid            uid 0→2086010880×65536,gid 0→2086010880×65536    # /n/etc/redpak.yaml:1:1

init phase: the node's init
  pivot-root
  procfs             /proc                                                                                     # /n/etc/redpak.yaml:5:1
  protect            /proc/sys                                ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/sysrq-trigger                      ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/irq                                ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/bus                                ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/fs                                 ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/acpi                               ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/scsi                               ro                                               # /n/etc/redpak.yaml:5:1
  protect            /proc/dynamic_debug                      ro                                               # /n/etc/redpak.yaml:5:1
  mask               /proc/cmdline                                                                             # /n/etc/redpak.yaml:5:1
  mask               /proc/config.gz                                                                           # /n/etc/redpak.yaml:5:1
  mask               /proc/interrupts                                                                          # /n/etc/redpak.yaml:5:1
  mask               /proc/iomem                                                                               # /n/etc/redpak.yaml:5:1
  mask               /proc/ioports                                                                             # /n/etc/redpak.yaml:5:1
  mask               /proc/kallsyms                                                                            # /n/etc/redpak.yaml:5:1
  mask               /proc/kcore                                                                               # /n/etc/redpak.yaml:5:1
  mask               /proc/key-users                                                                           # /n/etc/redpak.yaml:5:1
  mask               /proc/keys                                                                                # /n/etc/redpak.yaml:5:1
  mask               /proc/kmsg                                                                                # /n/etc/redpak.yaml:5:1
  mask               /proc/kpagecgroup                                                                         # /n/etc/redpak.yaml:5:1
  mask               /proc/kpagecount                                                                          # /n/etc/redpak.yaml:5:1
  mask               /proc/kpageflags                                                                          # /n/etc/redpak.yaml:5:1
  mask               /proc/latency_stats                                                                       # /n/etc/redpak.yaml:5:1
  mask               /proc/sched_debug                                                                         # /n/etc/redpak.yaml:5:1
  mask               /proc/slabinfo                                                                            # /n/etc/redpak.yaml:5:1
  mask               /proc/timer_list                                                                          # /n/etc/redpak.yaml:5:1
  mask               /proc/vmallocinfo                                                                         # /n/etc/redpak.yaml:5:1
  detach-old-root
  hostname           box                                                                                       # /n/etc/redpak.yaml:1:1
  fork

init phase: the program's process
  landlock           where the kernel has it                  read=/,write=/etc/passwd:/proc,own-sockets
  umask              0022
  rlimit             data                                     soft=536870912,hard=536870912,unless=memory.max
  rlimit             core                                     soft=0,hard=0
  rlimit             nproc                                    soft=512,hard=512,unless=pids.max
  rlimit             nofile                                   soft=1024,hard=unchanged
  rlimit             rtprio                                   soft=0,hard=0
  session
  identity           1000:100                                 drop-groups                                      # /n/etc/redpak.yaml:1:1
  chdir              /work or /
  securebits         noroot                                   locked=noroot
  capabilities       CAP_CHOWN                                                                                 # /n/etc/redpak.yaml:1:1
  no-new-privileges
  close-descriptors  from 3
  seccomp            default                                  271 instructions
  exec               sh -c "echo $HOME"
    PATH=/bin
`;

Deno.test("nothing in a text acts on the terminal or hides", () => {
  const name = 'a"\u001b[2J\u202e\u200b\u009b\ud800\n\\b';
  const rendered = renderPlan({ ...plan(), operations: [{ operation: "hostname", phase: "init", name }] });
  assert.ok(rendered.includes(String.raw`  hostname  "a\"\u{1b}[2J\u{202e}\u{200b}\u{9b}\u{d800}\n\\b"`), rendered);
});

Deno.test("each operation has one line, whatever its texts hold", () => {
  fc.assert(fc.property(arbitraryPlan, (plan) => {
    const rendered = renderPlan(plan);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(rendered, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028]/);
    const lines = rendered.split("\n").filter((line) => /^ {2}\S/.test(line));
    assert.deepEqual(
      lines.map((line) => line.trim().split(" ")[0]),
      plan.operations.map(({ operation }) => operation),
    );
  }));
});
