import type { CommandRow, FlagRow } from "./command_row.ts";
import { dryRun, node } from "./command_words.ts";
import { PACKAGE_COMMANDS } from "./package_commands.ts";

const program = { least: 1, most: Infinity, missing: "the NODE to run in" };
const running = { least: 1, most: Infinity, missing: "the NODE or ID that runs" };
const admin = { brief: "count the admin configuration too" };
const log = { brief: "with --detach: append what the program writes; nobody has it otherwise", value: "FILE" };
const publicKey = { brief: "whose signature of the certificate counts: PEM, Ed25519", value: "KEY" };
const compat = { brief: "as redpak 2.5: let a node loosen what its parents restrict, with warnings" };

/**
 * The command line, as data: parsing, help and the narrowing of permissions derive from it. Nothing is imported here, so
 * that help and version cost nothing.
 */
export const COMMANDS = {
  create: {
    brief: "make a node from a template",
    usage: "NODE [--template root|leaf|full|FILE] [--alias ALIAS] [--dry-run]",
    examples: [
      ["create /srv/nodes --template root --alias system", "the top of a family"],
      ["create /srv/nodes/nav --alias navigation", "a node in it"],
    ],
    operands: node,
    flags: {
      template: { brief: "root, leaf (default), full, or the path of a configuration file", value: "TEMPLATE" },
      alias: { brief: "name of the node (default: the last component of its path)", value: "ALIAS" },
      "dry-run": dryRun,
    },
  },
  delete: {
    brief: "remove a node and everything in it",
    usage: "NODE [--recursive] [--yes] [--dry-run]",
    examples: [
      ["delete /srv/nodes/nav", "asks first"],
      ["delete /srv/nodes --recursive --yes", "a family, from a script"],
    ],
    operands: node,
    flags: { recursive: { brief: "delete the nodes inside it too" }, "dry-run": dryRun },
  },
  enable: {
    brief: "let a node be run",
    usage: "NODE [--dry-run]",
    examples: [["enable /srv/nodes/nav", ""], ["enable nav --root /srv/nodes", "by alias"]],
    operands: node,
    flags: { "dry-run": dryRun },
  },
  disable: {
    brief: "refuse to run a node and those inside it",
    usage: "NODE [--dry-run]",
    examples: [["disable /srv/nodes", "the whole family"], ["disable nav --root /srv/nodes", "by alias"]],
    operands: node,
    flags: { "dry-run": dryRun },
  },
  tree: {
    brief: "list the nodes below a directory",
    usage: "[DIR]",
    examples: [["tree /srv/nodes", ""], ["tree --json /srv | jq .data", "for programs"]],
    operands: { least: 0, most: 1, missing: "" },
    flags: {},
  },
  show: {
    brief: "print the configuration of a node",
    usage: "NODE [--merged] [--expand] [--origin] [--admin]",
    examples: [
      ["show /srv/nodes/nav", "its own files"],
      ["show /srv/nodes/nav --merged --origin", "what counts, and which line each value comes from"],
    ],
    operands: node,
    flags: {
      merged: { brief: "merged with that of its ancestors" },
      expand: { brief: "with variables replaced (implies --merged)" },
      origin: { brief: "with file:line:column of every value" },
      admin,
    },
  },
  check: {
    brief: "find everything that is wrong with a node or with all nodes below a directory",
    usage: "NODE|DIR [--admin] [--fix [--dry-run] [--yes]]",
    examples: [
      ["check /srv --admin --json", "every node below a directory, in CI"],
      ["check /srv --admin --fix --dry-run", "what can be repaired, as a diff"],
    ],
    operands: { least: 1, most: 1, missing: "the NODE or directory to check" },
    flags: {
      admin,
      fix: { brief: "repair what has one answer only, and nothing else in the files" },
      "dry-run": dryRun,
    },
  },
  diff: {
    brief: "compare what counts in two nodes, or in two states of one",
    usage: "A B [--admin] [--expand]",
    examples: [
      ["diff /srv/nodes/nav /srv/nodes/radio", "two nodes"],
      ["diff before.json /srv/nodes/nav", "with what redpak show NODE --merged --json wrote; - is standard input"],
    ],
    operands: { least: 2, most: 2, missing: "the two nodes or files to compare" },
    flags: { admin, expand: { brief: "with variables replaced" } },
  },
  explain: {
    brief: "say why a path is seen, a value counts, a call is refused, a package is there; what a launcher does",
    usage: "NODE PATH|KEY|SYSCALL|PACKAGE [--admin] | LAUNCHER",
    examples: [
      ["explain /srv/nodes/nav /usr/lib", "which export shows it, and which ones do not"],
      ["explain /srv/nodes/nav share_net", "a key; HOME for a variable, CAP_KILL for a capability"],
      ["explain /srv/nodes/nav ptrace", "a system call; syscall.umask where a key has its name"],
      ["explain /srv/nodes/nav libcurl", "a package, and who needs it; package.NAME where it has another meaning"],
    ],
    operands: { least: 1, most: 2, missing: "the NODE, or the PATH, KEY, SYSCALL or PACKAGE to explain," },
    flags: { admin },
  },
  plan: {
    brief: "print every operation of a launch, and do none",
    usage: "NODE [--admin] [--compat] [--format text|json|bwrap] [-- COMMAND…]",
    examples: [
      ["plan /srv/nodes/nav -- sh", ""],
      ["plan /srv/nodes/nav --format json", "the plan as data"],
      ["plan /srv/nodes/nav --format bwrap -- sh", "the equivalent bubblewrap command, for bash"],
    ],
    operands: program,
    program: true,
    flags: { admin, compat, format: { brief: "text (default), json or bwrap", choices: ["text", "json", "bwrap"] } },
  },
  run: {
    brief: "run a program in a node (default: sh)",
    usage:
      "NODE [--detach [--log FILE]] [--admin] [--compat] [--no-exec] [--trace] [--dry-run] [--status-fd N] [--require-certificate FILE --public-key KEY] [--] [COMMAND…]",
    examples: [
      ["run /srv/nodes/nav -- sh -c 'hostname; ls /'", ""],
      ["run /srv/nodes/nav --admin", "a shell in admin mode"],
      ["run --detach /srv/nodes/nav --log nav.log -- navigate", "prints its id and ends: redpak help detach"],
    ],
    operands: program,
    program: true,
    flags: {
      detach: { brief: "-d: end when the program was started, and print the id of the node", short: "d" },
      log,
      admin,
      compat,
      "no-exec": { brief: "refuse a configuration with commands instead of running them" },
      "require-certificate": { brief: "refuse anything but what this certificate says was proven", value: "FILE" },
      "public-key": publicKey,
      trace: { brief: "print every system call on standard error" },
      "dry-run": { brief: "print the plan instead" },
      "status-fd": { brief: "report started, setup-failed and exited as JSON lines on descriptor N", value: "N" },
    },
  },
  verify: {
    brief: "prove an image: everything that its nodes need is there and fits together, before it is flashed",
    usage:
      "DIR [--admin] [--assert RULE] [--assertions FILE] [--baseline FILE] [--arch ARCH] [--isolation | --format FORMAT | --certificate FILE --public-key KEY [--files]]",
    examples: [
      ["verify /srv/rootfs --admin", "a root file system, as an ordinary user, in CI"],
      ["verify / --format sarif", "the machine itself; for programs that show findings in the code"],
      ["verify /srv/rootfs --assertions rules.txt", "with rules of a project: redpak help assertions"],
    ],
    operands: { least: 1, most: 1, missing: "the DIR that is / on the device" },
    flags: {
      admin,
      assert: { brief: "a rule that has to hold as well", value: "RULE" },
      assertions: { brief: "a file of rules, one in each line", value: "FILE" },
      baseline: { brief: "a file of findings that are accepted for a time: redpak help baseline", value: "FILE" },
      isolation: { brief: "print what each node can do instead of what is proven" },
      certificate: { brief: "only compare with what was certified", value: "FILE" },
      files: { brief: "with --certificate: look at every file of the nodes, too" },
      "public-key": publicKey,
      arch: { brief: "machine of the device (default: this one's)", choices: ["x86_64", "aarch64"] },
      format: { brief: "text (default), sarif or junit", choices: ["text", "sarif", "junit"] },
    },
  },
  certify: {
    brief: "prove an image, and sign what was proven, for the device to compare with",
    usage:
      "DIR --output FILE --key KEY [--admin] [--assert RULE] [--assertions FILE] [--baseline FILE] [--arch ARCH] [--dry-run]",
    examples: [
      ["certify rootfs --output rootfs/etc/redpak/certificate --key ci.pem", "in CI"],
      [
        "certify rootfs --output rootfs.cert --key ci.pem --assertions rules.txt",
        "redpak verify --certificate compares",
      ],
    ],
    operands: { least: 1, most: 1, missing: "the DIR that is / on the device" },
    flags: {
      output: { brief: "-o: where the certificate is written", short: "o", value: "FILE" },
      key: { brief: "private key that signs it: PEM, Ed25519", value: "KEY" },
      admin,
      assert: { brief: "a rule that has to hold as well", value: "RULE" },
      assertions: { brief: "a file of rules, one in each line", value: "FILE" },
      baseline: { brief: "a file of findings that are accepted for a time: redpak help baseline", value: "FILE" },
      arch: { brief: "machine of the device (default: this one's)", choices: ["x86_64", "aarch64"] },
      "dry-run": dryRun,
    },
  },
  sbom: {
    brief: "list what an image or a node is made of, as a bill of materials: CycloneDX 1.6 or SPDX 2.3",
    usage: "DIR|NODE [NODE] [--format cyclonedx|spdx] [--output FILE]",
    examples: [
      ["sbom /srv/rootfs --output rootfs.cdx.json", "a root file system: its own packages, and those of all nodes"],
      ["sbom /srv/rootfs nav --format spdx", "a node of it: its packages, and what they depend on"],
      ["sbom /srv/nodes/nav", "a node of this machine"],
    ],
    operands: { least: 1, most: 2, missing: "the NODE, or the DIR that is / on the device," },
    flags: {
      format: { brief: "cyclonedx (default) or spdx", choices: ["cyclonedx", "spdx"] },
      output: { brief: "-o: where it is written (default: standard output)", short: "o", value: "FILE" },
    },
  },
  graph: {
    brief: "draw the nodes of an image or a family: what each sees, shares, may and lacks, in one HTML or SVG file",
    usage: "NODE|DIR [--output FILE] [--format html|svg] [--admin] [--assertions FILE] [--baseline FILE] [--arch ARCH]",
    examples: [
      ["graph /srv/rootfs -o image.html", "of an image, with what redpak verify finds in it"],
      ["graph /srv/nodes/nav -o nodes.svg", "of a node's family, with what runs; as a picture for a document"],
    ],
    operands: { least: 1, most: 1, missing: "the DIR that is / on the device, or a NODE" },
    flags: {
      output: { brief: "-o: where it is written (default: standard output)", short: "o", value: "FILE" },
      format: { brief: "html or svg (default: as FILE ends, else html)", choices: ["html", "svg"] },
      admin,
      assertions: { brief: "a file of rules that have to hold as well, one in each line", value: "FILE" },
      baseline: { brief: "a file of findings that are accepted for a time: redpak help baseline", value: "FILE" },
      arch: { brief: "machine of the device (default: this one's)", choices: ["x86_64", "aarch64"] },
    },
  },
  seal: {
    brief: "write a launcher: an executable that starts a node without redpak, at boot or for speed",
    usage:
      "NODE [--output FILE] [--detach [--log FILE]] [--admin] [--evaluate] [--renew | --certified] [--arch ARCH] [--dry-run] [--image DIR] [--] [COMMAND…] | --all DIR",
    examples: [
      ["seal /srv/nodes/nav --output /usr/lib/nav -- navigate", "/usr/lib/nav --day runs navigate --day"],
      ["seal --all /srv/nodes", "every node below a directory, in its .redpak/launcher"],
      ["seal --image rootfs --certified --arch aarch64 nav", "a node of a device, in CI"],
    ],
    operands: program,
    program: true,
    flags: {
      output: { brief: "-o: where it is written (default: .redpak/launcher of the node)", short: "o", value: "FILE" },
      all: { brief: "every node below the directory" },
      detach: { brief: "-d: it ends when the program was started, and prints the id of the node", short: "d" },
      log,
      admin,
      evaluate: { brief: "commands of the configuration always print what they print now" },
      renew: { brief: "a launcher that is out of date seals itself again, instead of refusing" },
      certified: { brief: "it does not look whether it is out of date: the image is verified as a whole" },
      image: { brief: "NODE or DIR is of a device, whose root file system is here", value: "DIR" },
      arch: { brief: "machine that it runs on (default: this one's)", choices: ["x86_64", "aarch64"] },
      "dry-run": dryRun,
    },
  },
  unit: {
    brief: "write units for systemd, or scripts for other inits, that start nodes at boot",
    usage:
      "NODE [--launcher FILE] [--admin] [--format systemd|init|inittab] [--watchdog SECONDS] [--output DIR] [--] [COMMAND…] | --all DIR [--image DIR]",
    examples: [
      ["unit /srv/nodes/nav", "starts its .redpak/launcher, which redpak seal has written"],
      ["unit --all /srv/nodes -o /etc/systemd/system", "all nodes that have a launcher, in the order of after"],
      ["unit /srv/nodes/nav --format init -o /etc/init.d", "a script for machines without systemd"],
    ],
    operands: { least: 1, most: Infinity, missing: "the NODE, or with --all the DIR," },
    program: true,
    flags: {
      all: { brief: "every node below the directory that has a launcher" },
      image: { brief: "DIR is of a device, whose root file system is here", value: "DIR" },
      launcher: { brief: "what redpak seal has written (default: .redpak/launcher of the node)", value: "FILE" },
      admin,
      format: { brief: "systemd (default), init or inittab", choices: ["systemd", "init", "inittab"] },
      watchdog: { brief: "a program that says nothing for so long is started again", value: "SECONDS" },
      output: { brief: "-o: where files are written (default: standard output)", short: "o", value: "DIR" },
    },
  },
  ps: {
    brief: "list the running nodes",
    usage: "",
    examples: [["ps", ""], ["ps --json | jq -r '.data.nodes[].id'", "for programs"]],
    operands: { least: 0, most: 0, missing: "" },
    flags: {},
  },
  stats: {
    brief: "show what running nodes use: processor, memory, processes, input and output",
    usage: "[NODE|ID…] [--once]",
    examples: [["stats", "on a terminal: each second, q leaves"], ["stats nav --json", "once, for programs"]],
    operands: { least: 0, most: Infinity, missing: "" },
    flags: { once: { brief: "once, on a terminal too" } },
  },
  enter: {
    brief: "run a program in a running node, confined as that (default: sh)",
    usage: "NODE|ID [--trace] [--] [COMMAND…]",
    examples: [["enter nav", "a shell"], ["enter nav-4711 -- ls /proc", ""]],
    operands: running,
    program: true,
    flags: { trace: { brief: "print every system call on standard error" } },
  },
  audit: {
    brief: "compare a running node with its plan; 1 when something differs",
    usage: "NODE|ID [--certificate FILE --public-key KEY]",
    examples: [
      ["audit nav", ""],
      ["audit nav-4711 --json", "for programs"],
      ["audit nav --certificate /etc/redpak/certificate --public-key ci.pub", "and with what was certified"],
    ],
    operands: { ...running, most: 1 },
    flags: {
      certificate: { brief: "compare what the node was started with, too: with what was certified", value: "FILE" },
      "public-key": publicKey,
    },
  },
  stop: {
    brief: "end a running node: SIGTERM to its program, and after a while SIGKILL to all",
    usage: "NODE|ID [--time SECONDS]",
    examples: [["stop nav", ""], ["stop nav-4711 --time 0", "at once"]],
    operands: { ...running, most: 1 },
    flags: {
      time: { brief: "how long the program may take to end (default: 10)", value: "SECONDS" },
    },
  },
  ...PACKAGE_COMMANDS,
  "install-links": {
    brief: "make redwrap, redwrap-dnf and redconf, the programs of redpak 2.5, links to this one",
    usage: "DIR [--dry-run]",
    examples: [["install-links /usr/local/bin", ""], ["install-links /usr/local/bin --dry-run", "says which"]],
    operands: { least: 1, most: 1, missing: "the DIR to make links in" },
    flags: { "dry-run": dryRun },
  },
  doctor: {
    brief: "find out whether this machine can launch nodes, and what would make it better",
    usage: "[--report]",
    examples: [["doctor", "as the user who is to launch"], ["doctor --report | tee report.txt", "for a bug report"]],
    operands: { least: 0, most: 0, missing: "" },
    flags: { report: { brief: "add what is known of the machine and the caller's environment, without secrets" } },
  },
  completions: {
    brief: "print the script that lets a shell complete redpak's command lines",
    usage: "bash|zsh|fish",
    examples: [
      ["completions bash | tee /usr/share/bash-completion/completions/redpak", "for all users"],
      ["completions fish | source", "for this shell"],
    ],
    operands: { least: 1, most: 1, missing: "the shell (bash, zsh or fish)" },
    flags: {},
  },
  man: {
    brief: "print the manual page of redpak or of a command",
    usage: "[COMMAND] [SUBCOMMAND]",
    examples: [["man run | man -l -", "reads it"], ["man | tee /usr/share/man/man1/redpak.1", "installs it"]],
    operands: { least: 0, most: 2, missing: "" },
    flags: {},
  },
  schema: {
    brief: "print the JSON schema of a file or of a --json document",
    usage: "[KIND]",
    examples: [["schema config", "of etc/redpak.yaml, for editors"], ["schema", "lists the kinds"]],
    operands: { least: 0, most: 1, missing: "" },
    flags: {},
  },
  help: {
    brief: "explain a command or a topic",
    usage: "[COMMAND|TOPIC] [SUBCOMMAND]",
    examples: [["help run", ""], ["help merge", "how a family's files combine"]],
    operands: { least: 0, most: 2, missing: "" },
    flags: {},
  },
  version: {
    brief: "print the version",
    usage: "",
    examples: [["version", ""], ["version --json", ""]],
    operands: { least: 0, most: 0, missing: "" },
    flags: {},
  },
  complete: {
    brief: "what the last word of a command line could become",
    usage: "[WORD…]",
    examples: [],
    operands: { least: 0, most: Infinity, missing: "" },
    hidden: true,
    flags: {},
  },
  probe: {
    brief: "one of the things that doctor tries",
    usage: "facts|launch|time",
    examples: [],
    operands: { least: 1, most: 1, missing: "what to try" },
    hidden: true,
    flags: {},
  },
  reseal: {
    brief: "seal a launcher again, and start it",
    usage: "FILE [WORD…]",
    examples: [],
    operands: { least: 1, most: Infinity, missing: "the FILE" },
    program: true,
    hidden: true,
    flags: {},
  },
  transact: {
    brief: "change the packages in a root directory that has been prepared, as standard input says",
    usage: "[--user-namespace]",
    examples: [],
    operands: { least: 0, most: 0, missing: "" },
    hidden: true,
    flags: { "user-namespace": { brief: "as root of a user namespace, for an ordinary user" } },
  },
  script: {
    brief: "run a script of a package in a node whose packages are being changed, as standard input says",
    usage: "",
    examples: [],
    operands: { least: 0, most: 0, missing: "" },
    hidden: true,
    flags: {},
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

/** The commands that people use, in the order of the help. */
export function publicCommands(): [CommandName, CommandRow][] {
  return (Object.entries(COMMANDS) as [CommandName, CommandRow][]).filter(([, { hidden }]) => hidden !== true);
}

/** The commands whose names begin with a word and a blank: `repo add` of `repo`. */
export function commandsOf(group: string): [CommandName, CommandRow][] {
  return publicCommands().filter(([name]) => name.startsWith(`${group} `));
}

/** The word behind that of its group. */
export function secondWord(name: string): string {
  return name.slice(name.indexOf(" ") + 1);
}

type FlagValue<F> = F extends { readonly choices: readonly (infer C)[] } ? C | undefined
  : F extends { readonly value: string } ? string | undefined
  : boolean;

/** Values of a command's flags by name. */
export type Flags<N extends CommandName> = {
  readonly [F in keyof (typeof COMMANDS)[N]["flags"]]: FlagValue<(typeof COMMANDS)[N]["flags"][F]>;
};

/** Every command understands these, before or after its name. */
export const GLOBAL_FLAGS = {
  json: { brief: "one JSON document on standard output, errors as JSON on standard error" },
  quiet: { brief: "-q: no warnings" },
  verbose: { brief: "-v: tell more on standard error" },
  color: { brief: "auto (default), always or never", choices: ["auto", "always", "never"] },
  yes: { brief: "answer yes to every question" },
  root: { brief: "directory below which nodes are found by alias", value: "DIR" },
  help: { brief: "-h: this text" },
} as const satisfies Record<string, FlagRow>;

export const GLOBAL_SHORT = { q: "quiet", v: "verbose", y: "yes", h: "help" } as const satisfies Record<
  string,
  keyof typeof GLOBAL_FLAGS
>;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
