import type { CommandRow } from "./command_row.ts";
import { dryRun, node } from "./command_words.ts";

const repositoryOf = { least: 2, most: 2, missing: "the NODE or the REPO" };
const packageOf = { least: 2, most: 2, missing: "the NODE or the PACKAGE" };
const fingerprint = { brief: "which key it has to be; nobody is asked then", value: "HEX" };
const wait = {
  brief: "wait for others who change the node; without SECONDS as long as it takes",
  value: "SECONDS",
  alone: "999999",
};

const changed = { least: 2, most: Infinity, missing: "the NODE or the PKG" };
const cascade = { brief: "remove from nodes inside what would be broken there" };
const removing = {
  "no-scripts": { brief: "run no scripts of packages" },
  "script-timeout": { brief: "how long each script may take (default: 300)", value: "SECONDS" },
  wait,
  "dry-run": dryRun,
};
const installing = {
  allow: {
    brief: "what packages may bring along: setuid, capabilities, devices, world-writable; with commas",
    value: "WHAT",
  },
  ...removing,
};
const noWeak = { brief: "leave out what is only recommended" };

/** The commands for the packages of nodes. */
export const PACKAGE_COMMANDS = {
  install: {
    brief: "install packages in a node, and what they need that no ancestor has",
    usage:
      "NODE PKG… [--dry-run] [--no-weak] [--no-gpgcheck] [--no-scripts] [--script-timeout SECONDS] [--allow WHAT] [--wait SECONDS]",
    examples: [
      ["install /srv/nodes/nav strace", "shows what is to be done, and asks"],
      ["install nav /usr/bin/strace ./tool-1.0.x86_64.rpm --yes", "by a file that it has; a package that is a file"],
    ],
    operands: changed,
    flags: {
      "no-weak": noWeak,
      "no-gpgcheck": { brief: "do not ask for signatures of packages that are named by file or address" },
      ...installing,
    },
  },
  remove: {
    brief: "remove packages from a node, and what needs them there",
    usage: "NODE PKG… [--dry-run] [--cascade] [--no-scripts] [--script-timeout SECONDS] [--wait SECONDS]",
    examples: [
      ["remove /srv/nodes/nav strace", "shows what is to be done, and asks"],
      ["remove /srv/nodes libcurl --cascade --dry-run", "also from nodes inside, where something needs it"],
    ],
    operands: changed,
    flags: { cascade, ...removing },
  },
  update: {
    brief: "update packages of a node, or all of them",
    usage:
      "NODE [PKG…] [--dry-run] [--cascade] [--no-weak] [--no-scripts] [--script-timeout SECONDS] [--allow WHAT] [--wait SECONDS]",
    examples: [
      ["update /srv/nodes/nav", "everything, but for what nodes inside cannot bear"],
      ["update nav strace --dry-run", "says what would be done"],
    ],
    operands: { least: 1, most: Infinity, missing: "the NODE" },
    flags: { cascade, "no-weak": noWeak, ...installing },
  },
  downgrade: {
    brief: "install older versions of packages that a node has",
    usage:
      "NODE PKG… [--dry-run] [--cascade] [--no-scripts] [--script-timeout SECONDS] [--allow WHAT] [--wait SECONDS]",
    examples: [["downgrade nav strace", "the newest that is older"], ["downgrade nav strace-6.1", "a certain one"]],
    operands: changed,
    flags: { cascade, ...installing },
  },
  reinstall: {
    brief: "install packages again that a node has",
    usage: "NODE PKG… [--dry-run] [--no-scripts] [--script-timeout SECONDS] [--allow WHAT] [--wait SECONDS]",
    examples: [["reinstall nav strace", "the same version, as its repository has it"], [
      "reinstall nav 'lib*' --yes",
      "",
    ]],
    operands: changed,
    flags: { ...installing },
  },
  autoremove: {
    brief: "remove packages that nobody has asked for and nothing needs any more",
    usage: "NODE [--dry-run] [--no-scripts] [--script-timeout SECONDS] [--wait SECONDS]",
    examples: [["autoremove /srv/nodes/nav", "shows which, and asks"], ["autoremove nav --dry-run", "says which"]],
    operands: node,
    flags: { ...removing },
  },
  list: {
    brief: "list the packages of a node",
    usage: "NODE [--all | --available | --updates]",
    examples: [
      ["list /srv/nodes/nav", "its own"],
      ["list /srv/nodes/nav --all", "and those of its ancestors, which it has too"],
      ["list nav --updates", "of which repositories have newer versions"],
    ],
    operands: node,
    flags: {
      all: { brief: "those of its ancestors too" },
      available: { brief: "those that repositories have, and neither the node nor an ancestor" },
      updates: { brief: "what redpak update would update" },
    },
  },
  search: {
    brief: "find packages by words in their names and summaries",
    usage: "NODE WORD…",
    examples: [["search /srv/nodes/nav trace", ""], ["search nav http server --json", "those with both words"]],
    operands: { least: 2, most: Infinity, missing: "the NODE or the WORD" },
    flags: {},
  },
  provides: {
    brief: "find the packages that have a file, or what others require",
    usage: "NODE WHAT",
    examples: [
      ["provides nav /usr/bin/strace", "a file; patterns such as '*/strace' work too"],
      ["provides nav 'libcurl.so.4()(64bit)'", "what packages require"],
    ],
    operands: { least: 2, most: 2, missing: "the NODE or WHAT" },
    flags: {},
  },
  download: {
    brief: "download packages, and install none",
    usage: "NODE PACKAGE… [--destdir DIR]",
    examples: [
      ["download nav strace", "into the working directory"],
      ["download nav strace libcurl --destdir /tmp", ""],
    ],
    operands: { least: 2, most: Infinity, missing: "the NODE or the PACKAGE" },
    flags: { destdir: { brief: "the directory to put them in (default: the working directory)", value: "DIR" } },
  },
  info: {
    brief: "describe a package that a node or an ancestor of it has",
    usage: "NODE PACKAGE [--files]",
    examples: [["info /srv/nodes/nav strace", ""], ["info nav 'lib*' --json", "those that match, for programs"]],
    operands: packageOf,
    flags: { files: { brief: "list its files too" } },
  },
  why: {
    brief: "say which packages of which nodes require a package",
    usage: "NODE PACKAGE",
    examples: [["why /srv/nodes libcurl", ""], ["why nav libcurl --json", "for programs"]],
    operands: packageOf,
    flags: {},
  },
  history: {
    brief:
      "list the transactions of a node's packages, the newest first, with the scripts that failed or said something",
    usage: "NODE",
    examples: [["history /srv/nodes/nav", ""], ["history nav --json", "with the packages of each"]],
    operands: node,
    flags: {},
  },
  undo: {
    brief: "take the last transaction of a node back",
    usage: "NODE [--redo] [--cascade] [--no-scripts] [--script-timeout SECONDS] [--wait SECONDS] [--yes] [--dry-run]",
    examples: [
      ["undo /srv/nodes/nav", "asks first; again, for the one before"],
      ["undo nav --redo --yes", "does again what was undone last"],
    ],
    operands: node,
    flags: { redo: { brief: "do again what was undone last" }, cascade, ...removing },
  },
  recover: {
    brief: "finish the transaction of a node that something has stopped",
    usage: "NODE [--wait SECONDS] [--dry-run]",
    examples: [["recover /srv/nodes/nav", ""], ["recover nav --dry-run", "says whether there is one"]],
    operands: node,
    flags: { wait, "dry-run": dryRun },
  },
  "repo list": {
    brief: "list the repositories that a node takes packages from",
    usage: "NODE",
    examples: [["repo list /srv/nodes/nav", ""], ["repo list nav --json", "for programs"]],
    operands: node,
    flags: {},
  },
  "repo add": {
    brief: "add a repository to a node",
    usage: "NODE ID URL [--gpgkey SOURCE] [--mirrorlist | --metalink] [--name TEXT] [--priority N] [--dry-run]",
    examples: [
      ["repo add /srv/nodes base https://packages.example/base --gpgkey base.asc", "for a whole family"],
      ["repo add nav local /srv/repository --priority 10", "a directory; lower priorities win"],
    ],
    operands: { least: 3, most: 3, missing: "the NODE, the ID or the URL" },
    flags: {
      gpgkey: { brief: "a file or address with the key that its packages are signed with", value: "SOURCE" },
      mirrorlist: { brief: "the URL is that of a list of mirrors" },
      metalink: { brief: "the URL is that of a metalink, which also says what repomd.xml is" },
      name: { brief: "what people call it (default: ID)", value: "TEXT" },
      priority: { brief: "the lowest wins (default: 99)", value: "N" },
      "dry-run": dryRun,
    },
  },
  "repo remove": {
    brief: "remove a repository from the node that defines it",
    usage: "NODE REPO [--yes] [--dry-run]",
    examples: [["repo remove /srv/nodes base", "asks first"], ["repo remove nav local --yes", "from a script"]],
    operands: repositoryOf,
    flags: { "dry-run": dryRun },
  },
  "repo refresh": {
    brief: "ask the servers of repositories for what they have now",
    usage: "NODE [REPO] [--allow-downgrade]",
    examples: [["repo refresh /srv/nodes/nav", "all that are enabled"], ["repo refresh nav base", "one"]],
    operands: { least: 1, most: 2, missing: "the NODE" },
    flags: {
      "allow-downgrade": { brief: "accept a state that is older than the one known, such as of a restored server" },
    },
  },
  "keys list": {
    brief: "list the keys that packages of a node may be signed with",
    usage: "NODE",
    examples: [["keys list /srv/nodes/nav", ""], ["keys list nav --json", "for programs"]],
    operands: node,
    flags: {},
  },
  "keys add": {
    brief: "believe what is signed with a key, in a node and those inside it",
    usage: "NODE SOURCE [--fingerprint HEX] [--yes] [--dry-run]",
    examples: [
      ["keys add /srv/nodes base.asc", "shows the fingerprint, and asks"],
      ["keys add nav https://packages.example/key.asc --yes", "believes whatever the address sends"],
    ],
    operands: { least: 2, most: 2, missing: "the NODE, or the file or address of the key," },
    flags: { fingerprint, "dry-run": dryRun },
  },
  "keys remove": {
    brief: "believe no longer what is signed with a key of a node",
    usage: "NODE FINGERPRINT [--yes] [--dry-run]",
    examples: [["keys remove /srv/nodes base.asc", "by its file"], [
      "keys remove nav A60F96BF --yes",
      "by its fingerprint",
    ]],
    operands: { least: 2, most: 2, missing: "the NODE, or the fingerprint or file of the key," },
    flags: { "dry-run": dryRun },
  },
} as const satisfies Record<string, CommandRow>;
