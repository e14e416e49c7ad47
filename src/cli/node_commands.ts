import type { CommandRow } from "./command_row.ts";
import { admin, compat, dryRun, node, program } from "./command_words.ts";

/** The commands for nodes and their configurations. */
export const NODE_COMMANDS = {
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
} as const satisfies Record<string, CommandRow>;
