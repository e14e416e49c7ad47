import type { CommandRow } from "./command_row.ts";
import { admin, compat, dryRun, program, publicKey } from "./command_words.ts";

const running = { least: 1, most: Infinity, missing: "the NODE or ID that runs" };
const log = { brief: "with --detach: append what the program writes; nobody has it otherwise", value: "FILE" };

/** The commands that start nodes, and those for nodes that run. */
export const LAUNCH_COMMANDS = {
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
} as const satisfies Record<string, CommandRow>;
