import { EXIT } from "../core/exit_code.ts";
import type { ExportMode } from "../config/schema.ts";
import { GRAMMAR } from "../proof/assertion/parse_assertions.ts";
import { type VerbName, VERBS } from "../proof/assertion/verbs.ts";
import { tableLines } from "../view/table.ts";

const MODE_MEANINGS: Readonly<Record<ExportMode, string>> = {
  Public: "the host's path, writable; children see it too",
  Restricted: "the host's path and every mount below it, read-only; children see it too",
  Private: "the host's path, writable, for this node only",
  PrivateRestricted: "the host's path, read-only",
  PublicFile: "as Public, for a file",
  RestrictedFile: "as Restricted, for a file",
  PrivateFile: "as Private, for a file",
  Anonymous: "an empty directory in memory",
  Symlink: "a symbolic link to the text of path",
  Execfd: "a file with the output of the shell command in path",
  Internal: "a file with the content of the descriptor whose number is in path",
  Tmpfs: "an empty file system in memory",
  Procfs: "a /proc of the node's own processes",
  Devfs: "a minimal /dev: null, zero, full, random, urandom, tty, pts, shm",
  Mqueue: "POSIX message queues",
  Lock: "a shared lock on the file for as long as the node runs",
};

const VERB_MEANINGS: Readonly<Record<VerbName, string>> = {
  read: "see it, or a part of it",
  write: "see it in a writable mount",
  execute: "see it in a mount that programs can be executed from",
  use: "have a device, or one below a directory: config.devices",
  have: "have a capability in any of its sets",
  call: "make a system call, with any arguments",
  reach: "have a network that is not its own: shared or joined",
  bind: "listen on a TCP port of such a network",
  connect: "connect to a TCP port by such a network",
  share: "have a namespace of the device or of others: cgroup, uts, ipc, user, pid, net",
  be: "be root: have a uid 0 that is the device's",
};

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  success: "done; for check: nothing found",
  failed: "failed",
  usage: "the command line is wrong",
  configuration:
    "a configuration is invalid, not trusted or looser than a parent or the host policy, or the node is disabled",
  notFound: "there is no such node, package, repository or key",
  notPermitted: "not permitted, or something that the kernel or this version lacks",
  dependency: "a dependency problem, a transaction refused",
  busy: "somebody else is changing the node",
  launch: "run: redpak failed before the program was started",
  notExecutable: "run: the program cannot be executed",
  programNotFound: "run: the program does not exist in the node",
};

/** What `redpak help TOPIC` explains. */
export const TOPICS = {
  nodes: {
    brief: "what a node is, and what its files are for",
    text: `A node is a directory:

  .rednode.yaml           its status: enabled or disabled
  etc/redpak.yaml         its configuration
  etc/redpak-admin.yaml   what counts in admin mode (run --admin) in addition
  usr, var, home, …       whatever the node brings itself; everything else comes from the host or its parents

A node inside another node's directory is its child, at any depth; directories that are no nodes do not matter. A node
can be started while it and all its ancestors are enabled, and while all their files belong to root or to the user who
starts it and nobody else can write them.

A command takes a node by its path or, with --root DIR or REDPAK_ROOT, by its alias below that directory.`,
  },
  modes: {
    brief: "the modes of exports",
    text:
      `Each entry of "exports" puts something at "mount" in the node; "path" is where it comes from (default: mount).
With "optional: true" an entry whose source is absent on this machine is skipped.

${tableLines(Object.entries(MODE_MEANINGS).map(([mode, meaning]) => [`  ${mode}`, meaning])).join("\n")}`,
  },
  merge: {
    brief: "how the files of a family combine",
    text: `A node's effective configuration comes from its own files and those of all its ancestors:

  values       the node's own first, then its parent's, …; in admin mode all admin files come before all normal ones
  path, ldpath the node's own elements first, then its parent's, …; each once
  exports      by mount: the nearest node's entry counts; an ancestor's admin entry beats a normal one;
               Private entries of ancestors are left out
  environ      by key, as exports
  capabilities what an ancestor drops by name, a child cannot add; ALL is a name of its own, and counts first
  share_*      what an ancestor keeps to itself, a child cannot share; key by key, share_all is for keys nobody sets

What comes out is never less confined than the parent lets its children be: in namespaces, capabilities, paths of the
host (its own directory, or what the parent exports, with no more access), user, new-session, die-with-parent,
inherit-env, gpgcheck and seccomp. redpak check names every place; plan and run refuse the node, or warn with --compat.

redpak show NODE --merged --origin prints the result with the line that each value comes from.`,
  },
  variables: {
    brief: "variables in configurations",
    text: `Texts of a configuration may contain $NAME; \\$ is a dollar sign.

  NODE_ALIAS NODE_NAME NODE_INFO NODE_PATH   of the node whose file it is
  LEAF_ALIAS LEAF_NAME LEAF_INFO LEAF_PATH   of the node that is started
  UID GID                                    of the program
  PID TODAY UUID HOSTNAME USER LOGNAME       of the start
  REDNODE_CONF REDNODE_ADMIN REDNODE_STATUS  the files of the node
  REDNODE_VARDIR REDNODE_REPODIR             directories of its packages: var/rpm/lib, etc/yum.repos.d
  REDNODE_LOCK                               .rpm.lock of the node
  REDPESK_VERSION NODE_PREFIX                of the machine, unless the caller's environment says otherwise;
  redpak_MAIN redpak_TMPL                    so are HOSTNAME, USER and LOGNAME
  CGROUPS_MOUNT_POINT
  any other                                  the caller's environment; empty where it has none

$(command) is the output of a shell command, final newline included. It is run on the host when the node is started,
without privileges; where it fails or prints nothing, nothing is started. redpak plan shows which commands there are and
runs none of them. There is no \${NAME}; a variable that contains itself is an error.`,
  },
  packages: {
    brief: "packages of a node: what counts as installed, what a change is, and what can be taken back",
    text:
      `A node has RPM packages of its own, and those of its ancestors, up to the machine where the top of the family shows its
/usr. What an ancestor has is not installed again and cannot be changed from inside; it is named as belonging to the
parent. A change in a parent is held to everything inside it: what would break there is refused, or removed too with
--cascade. Two nodes may have two versions of a library; a node and its ancestor may not have the same file twice.

  redpak repo add NODE base https://packages.example/     the node and those inside it have it: redpak help repositories
  redpak install NODE strace                              by name, name-version, what it provides, file, .rpm or address
  redpak install NODE strace --dry-run                    only says what would be done
  redpak why NODE strace                                  who needs it

A change is prepared beside the node's usr and takes its place in one step: whatever is killed, and whenever the power
goes, the node is as before or as after. Nodes that run keep what they were started with. etc and var are the node's
own: configuration that was edited stays, with .rpmnew or .rpmsave beside it. What was interrupted is finished or taken
back by the next command, or by redpak recover. The last two changes are kept: redpak history NODE, redpak undo NODE.

Scripts and triggers of packages run inside the node, confined as its programs in admin mode, with a time-out;
redpak history shows what they said. --no-scripts leaves them out. Set-user-ID and world-writable files, capabilities
and devices are refused unless --allow names them.

One command at a time changes a node; who does is named, and --wait SECONDS waits. Everything works for an ordinary user
in nodes that are the user's.`,
  },
  repositories: {
    brief: "where packages come from, and what is believed of it",
    text: `Files etc/yum.repos.d/*.repo of a node and its ancestors, as dnf has them:

  [base]
  name=Base
  baseurl=https://packages.example/$releasever/$basearch    # or mirrorlist=, metalink=; a path, for a directory
  gpgkey=file:///etc/pki/rpm-gpg/base.asc

Of each name the nearest definition counts, and counts alone; enabled=0 does without one of an ancestor. Also read:
enabled, gpgcheck (on, unless gpgcheck: false in redpak.yaml), repo_gpgcheck, priority, cost, includepkgs,
excludepkgs, sslcacert, sslclientcert, sslclientkey, username, password, proxy, timeout, minrate, retries,
metadata_expire, skip_if_unavailable. Other keys are warned of; sslverify=0 is refused. gpgcheck: true in the
configuration of any node of a family holds for all of it, and a child's repository checks no less than the one that
it replaces.

Variables: $releasever (VERSION_ID of the nearest os-release, at last the machine's), $basearch, $arch, and the first
lines of files in etc/dnf/vars of the node and its ancestors; \${name:-word} where one may be missing.

Keys are files in etc/pki/rpm-gpg of a node, believed in it and the nodes inside it; redpak keys add shows whose they
are, and asks. gpgkey limits a repository to the keys in a file, looked for in the node that defines it, in its
ancestors, and on the machine. What gpgkey names on a server is not fetched.

What was downloaded is in var/cache/redpak of the topmost node that is the caller's, or in cachedir of the nearest
configuration that has one. A state of a repository that is older than the one known is refused, but with redpak repo
refresh --allow-downgrade.`,
  },
  policy: {
    brief: "what the owner of a machine allows its nodes: /etc/redpak/policy.yaml",
    text: `The host policy is optional, and the outermost doll: run, plan, check and redwrap hold every node to it.

  limits:                  # what no node may exceed; what is not mentioned is not limited
    exports:               # the only paths of the host that may be exported, wherever a node mounts them
      - { mode: Restricted, mount: /usr }            # read-only
      - { mode: Public, mount: /srv/data }           # for writing, too
      - { mode: Tmpfs, mount: /srv/data/keys }       # an exception: not at all
      - { mode: Procfs, mount: /proc }               # so Devfs and Mqueue
    config:
      share_net: disabled                            # any share key
      capabilities: [ { cap: CAP_KILL, add: 1 } ]    # the only ones; [] for none
      die-with-parent: Enabled                       # new-session, inherit-env, gpgcheck, set-user, set-group,
                                                     # smack, selinux, apparmor
  commands: forbid         # no $(...) and Execfd in configurations; allow is the default
  owners: [ root, nav ]    # who may own the files of nodes beside root, instead of whoever starts them
  certificate:             # nothing is launched but what this says was proven, as run --require-certificate
    file: /etc/redpak/certificate
    public-key: /etc/redpak/certificate.pub

What lies in the directory of a family's root, its nodes may export among themselves. A node is judged as it would be
started, with what it inherits and what the command line says; neither --compat nor REDPAK_COMPAT opens a policy. Its
texts have no variables. It limits, and sets nothing: a node that does not say die-with-parent itself is refused.

The file and the directories above it must belong to root and be writable by nobody else, without symbolic links. Where
the policy cannot be read or is wrong, nothing is started.`,
  },
  words: {
    brief: "what a word means to redpak explain",
    text: `The first of these that it is:

  /PATH                    a path in the node
  KEY                      a key of config, such as hostname, share_net, cgroups.mem.max; devices./dev/NAME
  CAP_NAME                 a capability
  VARIABLE                 a variable that some file of the family sets
  SYSCALL                  a system call, of whatever architecture
  PACKAGE                  a package of the node or an ancestor: its name, also with version, release and architecture
  NAME                     any other variable, where it is written in capitals

Several may be meant: umask is a key and a system call. The first is explained, and a system call of the same name is
told of. With config., environ., syscall. or package. before it, a word means only that: package.time.`,
  },
  assertions: {
    brief: "rules of a project that redpak verify proves",
    text: `Rules of a project about its nodes, one in each line of the file for redpak verify --assertions:

  # comments begin with a hash
  no node but ota may write /data/boot
  only node telemetry, ota may reach network
  node nav may read /usr/share/maps
  every node in /nodes/apps but legacy may execute /usr/bin
  no node may have CAP_SYS_ADMIN

A rule is: ${GRAMMAR}

A NAME is an alias or the directory of a node; DIR is a directory that nodes are in. "no" forbids what the verb says, of
any part of the object; "every" and "node NAME" demand all of it. A rule about a node that there is not is a finding.

${
      tableLines(
        Object.entries(VERBS).map(([verb, { object }]) => [`  ${verb} ${object}`, VERB_MEANINGS[verb as VerbName]]),
      ).join("\n")
    }

Paths are those of the device; links are followed where they lead. What counts is the plan of a launch by root.`,
  },
  baseline: {
    brief: "findings of redpak verify that are accepted for a time",
    text: `Findings that are known and accepted, one in each line of the file for redpak verify --baseline:

  # the prototype's own programs
  V-UNOWNED /nodes/nav /nodes/nav/usr/bin/probe until 2027-03-31: until it is packaged
  V-PRIVILEGE /nodes/legacy until 2027-01-01: REQ-1234

A line is: CHECK NODE [PATH|PACKAGE|CODE] until YYYY-MM-DD: REASON

NODE is the directory of a node on the device. What is accepted does not keep an image from being proven, and is counted
apart. A line whose day has passed, or that is for nothing that is found, is a finding itself.`,
  },
  profiles: {
    brief: "settings under one name: config.profile",
    text: `A configuration file takes over settings by the name of a profile, as in

  config:
    profile: strict
    umask: 022               # the file's own keys count before its profile, those of mappings one by one

  default      what a node has that says nothing
  strict       as tight as it gets: all namespaces new, also of net and time, no capabilities, seccomp strict, Landlock
               required, few resources; ends with its launcher
  nonetwork    no network but loopback
  trusted      started by root, the ids of the machine; without Landlock

A profile belongs to the file that names it, at that file's place in the merge (redpak help merge), and is held to the
parents like anything else: "trusted" has an effect only where all nodes above are as trusted. Messages, plan, explain
and show --origin name both lines, FILE:LINE:COLUMN (profile NAME:LINE).

The owner of a machine adds others as /etc/redpak/profiles/NAME.yaml, with info and config as their keys. The file and
the directories above it must belong to root, as those of the host policy (redpak help policy). There,
limits.config.profile asks every node to be at least as tight as a profile.`,
  },
  network: {
    brief: "the network of a node: none, the host's, or veth, bridge and macvlan of your own",
    text: `A node has a network of its own with nothing in it but loopback, which is up. In its configuration,

  share_net: enabled          gives it that of the host
  share_net: /run/netns/web   lets it join this one, which exists before the node (root only)

redpak makes no interfaces: ip does, as root. What follows is for a shell. The namespace is made first, with its
interfaces up and its addresses set, and the node joins it: so there is nothing to wait for, the node needs no
capability, and net-admin gives it no power over what it has joined.

A node and the host, by a veth pair:

    ip netns add web
    ip -n web link set lo up
    ip link add web type veth peer name eth0 netns web
    ip -n web addr add 10.88.0.2/24 dev eth0
    ip -n web link set eth0 up
    ip addr add 10.88.0.1/24 dev web
    ip link set web up

Nodes and the host, by a bridge; these nodes join /run/netns/node2 and node3:

    ip link add nodes type bridge
    ip addr add 10.88.1.1/24 dev nodes
    ip link set nodes up
    for n in 2 3; do
      ip netns add node$n
      ip -n node$n link set lo up
      ip link add node$n type veth peer name eth0 netns node$n
      ip link set node$n master nodes up
      ip -n node$n addr add 10.88.1.$n/24 dev eth0
      ip -n node$n link set eth0 up
      ip -n node$n route add default via 10.88.1.1
    done

A node in the host's own network, by a macvlan of its interface eth0; all reach it there but this host:

    ip netns add lan
    ip -n lan link set lo up
    ip link add link eth0 name lan0 netns lan type macvlan mode bridge
    ip -n lan addr add 192.168.88.9/24 dev lan0
    ip -n lan link set lan0 up

An interface for a node that runs already, in a network of its own; its program must be able to wait for it:

    pid=$(redpak ps --json | jq '.data.nodes[] | select(.alias == "late") | .init')
    ip link add late type veth peer name eth0 netns $pid
    ip addr add 10.88.2.1/24 dev late
    ip link set late up
    nsenter --target $pid --net ip addr add 10.88.2.2/24 dev eth0
    nsenter --target $pid --net ip link set eth0 up

The host sets the address because the node could not: CAP_NET_ADMIN of the node's configuration would do, and would let
it do all else to its network, too. Such an interface ends with the node.

Namespaces of ip netns last until ip netns del, or the machine ends. To have one at boot, put its lines into a script,
and start that from a unit with Type=oneshot and RemainAfterExit=yes, which the unit of the node names in Requires= and
After=.`,
  },
  detach: {
    brief: "nodes that go on without redpak, and without an init: run --detach, init: none",
    text:
      `Beside a program there are two small processes of redpak's: a supervisor, which passes on signals and the exit
status, and cleans up; and an init, PID 1 of the node, which reaps what others leave. A node can do without:

                     redpak run                   redpak run --detach
  init: redpak       supervisor, init, program    init, program
  init: none         supervisor, program          program

run --detach ends when the program was started, with 0 and the id of the node on standard output (--json: a document
with id, pid and node). What cannot be started is reported, with the exit code that run has for it. The program reads
from /dev/null. What it writes is appended to --log FILE, and goes nowhere without; so who reads the output of redpak
does not wait for that of the program. It has a session of its own, whatever new-session says.

ps, stats, enter, stop and audit find such a node by its PID 1. Its exit status goes to PID 1 of the machine. Its record
and its control group stay until the next of these commands, or the next launch, finds that it has ended.

redpak seal --detach writes a launcher that does the same. A service manager needs one that stays: redpak unit.

init: none in a configuration makes the program PID 1 of its node. It is as confined as otherwise, so a child may
choose. But a PID 1 is not like other processes, see pid_namespaces(7):

  - With it everything ends that runs in the node.
  - It gets a signal only where it has a handler for it, but for SIGKILL and SIGSTOP from outside. Ctrl-C, or SIGTERM to
    redpak run, are nothing to a program that has none; redpak stop kills such a program without waiting.
  - Orphans become its children. They stay as zombies where it does not wait for them, as shells do.

Where redpak is killed, a node ends with it. A program that is PID 1 could undo that for itself, by prctl(2),
PR_SET_PDEATHSIG; ps and stop find it all the same.

die-with-parent: Enabled, as in the profile strict, forbids both --detach and init: none. Exports of mode Lock and a pid
namespace that is not the node's own (share_pid) need an init. With share_time: disabled, init: none takes clone3(2).`,
  },
  "exit-codes": {
    brief: "what redpak's exit codes mean",
    text: [
      ...tableLines(
        (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((
          name,
        ) => [`  ${EXIT[name]}`.padStart(5), EXIT_MEANINGS[name]]),
      ),
      "  128+n  run: the program was killed by signal n",
      "",
      "Any other code of run is the program's own. --status-fd tells a program's 125 from redpak's.",
    ].join("\n"),
  },
} as const;
